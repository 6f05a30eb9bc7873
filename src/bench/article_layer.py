"""The article's layer in Keras."""
import tensorflow as tf


def arcface(keras):
    """The layer's class, for a generation of Keras."""

    class ArcFace(keras.layers.Layer):
        """(features, one-hot labels) to logits, m 0.5, s 30."""

        def __init__(self, classes, margin=0.5, scale=30.0):
            super().__init__()
            self.classes, self.margin, self.scale = classes, margin, scale

        def build(self, shapes):
            self.kernel = self.add_weight(
                shape=(shapes[0][-1], self.classes), initializer="glorot_uniform", name="kernel")

        def call(self, inputs):
            features, labels = inputs
            cosines = tf.matmul(tf.nn.l2_normalize(features, 1), tf.nn.l2_normalize(self.kernel, 0))
            theta = tf.acos(tf.clip_by_value(cosines, -1 + 1e-7, 1 - 1e-7))
            target = tf.cos(theta + self.margin)
            return self.scale * (labels * target + (1 - labels) * cosines)

    return ArcFace
