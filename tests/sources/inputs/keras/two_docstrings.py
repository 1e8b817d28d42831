"""
with dropout
Epoch 20/20
75/75 [==============================] - 2s - loss: 0.4100 - val_loss: 0.4400
"""

"""
without dropout
Epoch 20/20
75/75 [==============================] - 2s - loss: 0.3100 - val_loss: 0.5200
"""
