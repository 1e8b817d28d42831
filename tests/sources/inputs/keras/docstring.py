model.fit(x, y, epochs=3)
'''
Epoch 1/3
75/75 [==============================] - 2s 21ms/step - loss: 1.4097 - val_loss: 1.2970
Epoch 2/3
75/75 [==============================] - 2s 21ms/step - loss: 0.5433 - val_loss: 0.6390
Epoch 3/3
75/75 [==============================] - 2s 21ms/step - loss: 0.3481 - val_loss: 0.5718
'''
print(model.predict(x[:3]))
