import keras

model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss='mse', optimizer='adam')
model.fit(x, y, epochs=20, validation_split=0.2)
