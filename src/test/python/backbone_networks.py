"""The backbones of the catalogue once more, by other operations and in the type of their samples, from the authors'
PyTorch code.

A network is a function of a Tower, which has the weights by the names of the Java side, and of samples. A Tower refuses a
weight that is not there or has another shape, and knows which were asked for. It also knows which inputs of a ReLU or PReLU
are nearly 0: in float32 they may lie on the other side, where the slope is another. Those named in `other` do.
"""
import zlib

import numpy as np
import tensorflow as tf


class Tower:
    """Weights, and whether batch norm and dropout are those of training."""

    def __init__(self, weights, training, seed=0, step=0, other=()):
        self.weights = weights
        self.training = training
        self.draws = (seed, step)
        self.asked = {}
        self.statistics = {}
        self.other = other
        self.near = []
        self.activations = 0

    def weight(self, name, shape, initial):
        """Initial: ('normal' | 'uniform' | 'constant', a deviation, a limit or the value)."""
        found = self.weights[name]
        if tuple(found.shape) != tuple(shape):
            raise ValueError(f"{name}: expected {tuple(shape)}, found {tuple(found.shape)}")
        self.asked[name] = initial
        return found

    # ---- images, NHWC

    def conv(self, name, x, filters, size, stride, initial, groups=1):
        """PyTorch's Conv2d(padding=size // 2, bias=False), dense and in groups."""
        channels = x.shape[3]
        kernel = self.weight(f"{name}/kernel", (size, size, channels, filters // groups), initial)
        x = tf.pad(x, [[0, 0], [size // 2] * 2, [size // 2] * 2, [0, 0]])
        if groups > 1:  # A dense kernel with zeros between the groups.
            own, members = filters // groups, channels // groups
            rows = []
            for i in range(channels):
                before = i // members * own
                rows.append(tf.pad(kernel[:, :, i], [[0, 0], [0, 0], [before, filters - before - own]]))
            kernel = tf.stack(rows, axis=2)
        elif channels != x.shape[3]:
            raise ValueError(name)
        return tf.nn.conv2d(x, kernel, stride, "VALID")

    def depthwise(self, name, x, size, stride, initial):
        """PyTorch's Conv2d(groups=channels, padding=size // 2, bias=False): shifted images, weighted and added."""
        kernel = self.weight(f"{name}/kernel", (size, size, x.shape[3], 1), initial)
        height, width = -(-x.shape[1] // stride), -(-x.shape[2] // stride)
        x = tf.pad(x, [[0, 0], [size // 2] * 2, [size // 2] * 2, [0, 0]])
        total = 0
        for i in range(size):
            for j in range(size):
                total += kernel[i, j, :, 0] * x[:, i:i + (height - 1) * stride + 1:stride, j:j + (width - 1) * stride + 1:stride]
        return total

    # ---- [N, T, C]

    def conv1d(self, name, x, filters, size, dilation):
        """PyTorch's Conv1d with bias, without padding, and its default initial values."""
        inputs = size * x.shape[2]
        initial = "uniform", inputs ** -0.5
        kernel = self.weight(f"{name}/kernel", (size, x.shape[2], filters), initial)
        holes = tf.zeros((size, dilation - 1, x.shape[2], filters), x.dtype)
        wide = tf.reshape(tf.concat([kernel[:, None], holes], 1), (size * dilation, x.shape[2], filters))
        return tf.nn.conv1d(x, wide[:(size - 1) * dilation + 1], 1, "VALID") + self.weight(f"{name}/bias", (filters,), initial)

    # ---- all

    def norm(self, name, x, affine="both", epsilon=1e-5):
        """PyTorch's BatchNorm: affine 'both', 'offset' (the weight is 1 and stays so) or 'none'."""
        depth = (x.shape[-1],)
        mean = self.weight(f"{name}/mean", depth, ("constant", 0))
        variance = self.weight(f"{name}/variance", depth, ("constant", 1))
        gamma = beta = None
        if affine != "none":
            gamma = self.weight(f"{name}/gamma", depth, ("constant", 1))
            beta = self.weight(f"{name}/beta", depth, ("constant", 0))
        if self.training:
            axes = list(range(x.shape.rank - 1))
            count = int(np.prod([x.shape[a] for a in axes]))
            of_batch = tf.reduce_mean(x, axes)
            spread = tf.reduce_mean((x - of_batch) ** 2, axes)
            self.statistics[f"{name}/mean"] = 0.9 * mean + 0.1 * of_batch
            self.statistics[f"{name}/variance"] = 0.9 * variance + 0.1 * spread * count / max(count - 1, 1)
            mean, variance = of_batch, spread
        y = (x - mean) / tf.sqrt(variance + epsilon)
        if affine == "none":
            return y
        return y * (tf.stop_gradient(gamma) if affine == "offset" else gamma) + beta

    def prelu(self, name, x):
        return self.kinked(x, self.weight(f"{name}/slope", (x.shape[-1],), ("constant", 0.25)))

    def relu(self, x):
        return self.kinked(x, 0.0)

    def kinked(self, x, slope):
        above = x.numpy() > 0
        if self.training:
            self.activations += 1
            size = np.abs(x.numpy()).ravel()
            for i in np.argpartition(size, min(4, size.size - 1))[:4]:
                self.near.append((size[i], (self.activations, int(i))))
                if (self.activations, int(i)) in self.other:
                    above.ravel()[i] ^= True
        return tf.where(above, x, slope * x)

    def dense(self, name, x, units, initial):
        return x @ self.weight(f"{name}/kernel", (x.shape[1], units), initial)

    def linear(self, name, x, units):
        """PyTorch's Linear and its default initial values."""
        initial = "uniform", x.shape[1] ** -0.5
        return self.dense(name, x, units, initial) + self.weight(f"{name}/bias", (units,), initial)

    def dropout(self, name, x, rate):
        if not self.training or not rate:
            return x
        seed = [self.draws[0] + zlib.crc32(name.encode()), self.draws[1]]
        uniform = tf.raw_ops.StatelessRandomUniform(shape=tf.shape(x), seed=tf.constant(seed, tf.int64), dtype=tf.float32)
        return tf.where(uniform < np.float32(rate), tf.zeros_like(x), x / (1 - rate))


def kaiming(size, filters):
    """kaiming_normal_(mode='fan_out', nonlinearity='relu') of a kernel with so many pixels."""
    return "normal", (2 / (size * filters)) ** 0.5


def flat(x):
    return tf.reshape(x, (x.shape[0], -1))


# ---- the networks

def iresnet(blocks):
    """insightface, recognition/arcface_torch/backbones/iresnet.py."""
    def network(tower, x, embedding=512, dropout_rate=0.0):
        initial = "normal", 0.1
        x = x / 127.5 - 1
        x = tower.prelu("stem", tower.norm("stem/norm", tower.conv("stem", x, 64, 3, 1, initial)))
        for stage, (count, filters) in enumerate(zip(blocks, (64, 128, 256, 512)), 1):
            for block in range(1, count + 1):
                name, stride = f"stage{stage}/block{block}", 2 if block == 1 else 1
                y = tower.conv(f"{name}/conv1", tower.norm(f"{name}/norm1", x), filters, 3, 1, initial)
                y = tower.prelu(f"{name}/prelu", tower.norm(f"{name}/norm2", y))
                y = tower.norm(f"{name}/norm3", tower.conv(f"{name}/conv2", y, filters, 3, stride, initial))
                if block == 1:
                    x = tower.norm(f"{name}/shortcut/norm", tower.conv(f"{name}/shortcut", x, filters, 1, 2, initial))
                x = x + y
        x = tower.dropout("dropout", flat(tower.norm("last/norm", x)), dropout_rate)
        return tower.norm("embedding/norm", tower.linear("embedding", x, embedding), "offset")
    return network


def mobilefacenet(tower, x, embedding=128, width=1):
    """insightface, recognition/arcface_torch/backbones/mobilefacenet.py, with scale=width."""
    def active(name, y):
        return tower.prelu(name, tower.norm(f"{name}/norm", y))

    def conv_block(name, y, filters, size, stride, groups=1):
        return active(name, tower.conv(name, y, filters, size, stride, kaiming(size ** 2, filters), groups))

    def depth_wise(name, y, outer, inner, stride, residual=False):
        z = conv_block(f"{name}/wide", y, inner, 1, 1)
        z = active(f"{name}/depthwise", tower.depthwise(f"{name}/depthwise", z, 3, stride, kaiming(9, inner)))
        z = tower.norm(f"{name}/narrow/norm", tower.conv(f"{name}/narrow", z, outer, 1, 1, kaiming(1, outer)))
        return y + z if residual else z

    x = x / 127.5 - 1
    x = conv_block("stem", x, 64 * width, 3, 2)
    x = conv_block("stem2", x, 64 * width, 3, 1, groups=64)
    for stage, (outer, first, others, count) in enumerate(((64, 128, 128, 4), (128, 256, 256, 6), (128, 512, 256, 2)), 1):
        x = depth_wise(f"stage{stage}/block1", x, outer * width, first, 2)
        for block in range(2, count + 2):
            x = depth_wise(f"stage{stage}/block{block}", x, outer * width, others, 1, residual=True)
    x = conv_block("last", x, 512, 1, 1)
    kernel = tower.weight("gdc/kernel", (x.shape[1], x.shape[2], 512, 1), kaiming(x.shape[1] * x.shape[2], 512))
    x = tower.norm("gdc/norm", tf.einsum("nhwc,hwc->nc", x, kernel[..., 0]))
    return tower.norm("embedding/norm", tower.dense("embedding", x, embedding, kaiming(1, embedding)))


def resnet(blocks, bottleneck):
    """torchvision, models/resnet.py, with num_classes=embedding."""
    def network(tower, x, embedding=512, stem="imagenet"):
        def conv(name, y, filters, size, stride):
            return tower.norm(f"{name}/norm", tower.conv(name, y, filters, size, stride, kaiming(size ** 2, filters)))

        x = x / 255
        if stem == "imagenet":
            x = tower.relu(conv("stem", x, 64, 7, 2))
            x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=-np.inf)
            x = tf.nn.max_pool2d(x, 3, 2, "VALID")
        else:
            x = tower.relu(conv("stem", x, 64, 3, 1))
        for stage, (count, filters) in enumerate(zip(blocks, (64, 128, 256, 512)), 1):
            for block in range(1, count + 1):
                name, stride = f"stage{stage}/block{block}", 2 if block == 1 and stage > 1 else 1
                outer = filters * (4 if bottleneck else 1)
                if bottleneck:
                    y = tower.relu(conv(f"{name}/conv1", x, filters, 1, 1))
                    y = tower.relu(conv(f"{name}/conv2", y, filters, 3, stride))
                    y = conv(f"{name}/conv3", y, outer, 1, 1)
                else:
                    y = tower.relu(conv(f"{name}/conv1", x, filters, 3, stride))
                    y = conv(f"{name}/conv2", y, outer, 3, 1)
                if stride > 1 or x.shape[3] != outer:
                    x = conv(f"{name}/shortcut", x, outer, 1, stride)
                x = tower.relu(x + y)
        return tower.linear("embedding", tf.reduce_mean(x, (1, 2)), embedding)
    return network


def small_cnn(tower, x, embedding=128):
    """Ours alone: Keras' epsilon and initial values."""
    x = x / 255
    for i, filters in enumerate((32, 32, 64, 64), 1):
        kernel = "truncated", (2 / (9 * x.shape[3])) ** 0.5
        x = tower.relu(tower.norm(f"conv{i}/norm", tower.conv(f"conv{i}", x, filters, 3, 1, kernel), epsilon=1e-3))
        if i % 2 == 0:
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
    x = flat(x)
    x = tower.dense("embedding", x, embedding, ("uniform", (6 / (x.shape[1] + embedding)) ** 0.5))
    return tower.norm("embedding/norm", x, epsilon=1e-3)


def xvector(tower, x, embedding=512, channels=512, pooled_channels=1500):
    """WeSpeaker, models/tdnn.py: XVEC's first embedding, pooling TSTP."""
    for i, (filters, size, dilation) in enumerate(((channels, 5, 1), (channels, 3, 2), (channels, 3, 3), (channels, 1, 1),
                                                  (pooled_channels, 1, 1)), 1):
        x = tower.norm(f"frame{i}/norm", tower.relu(tower.conv1d(f"frame{i}", x, filters, size, dilation)), "none")
    mean = tf.reduce_mean(x, 1)
    unbiased = tf.reduce_mean((x - mean[:, None]) ** 2, 1) * x.shape[1] / (x.shape[1] - 1)
    return tower.linear("embedding", tf.concat([mean, tf.sqrt(unbiased + 1e-8)], 1), embedding)


def ecapa_tdnn(tower, x, embedding=192, channels=512, pooled_channels=1536):
    """SpeechBrain, lobes/models/ECAPA_TDNN.py."""
    def block(name, y, filters, size, dilation):
        wide = tf.pad(y, [[0, 0], [(size - 1) * dilation // 2] * 2, [0, 0]], "REFLECT")
        return tower.norm(f"{name}/norm", tower.relu(tower.conv1d(name, wide, filters, size, dilation)))

    def statistics(y, weights):
        mean = tf.reduce_sum(weights * y, 1)
        return mean, tf.sqrt(tf.maximum(tf.reduce_sum(weights * (y - mean[:, None]) ** 2, 1), 1e-12))

    x = block("frame1", x, channels, 5, 1)
    outputs = []
    for i, dilation in enumerate((2, 3, 4), 1):
        name = f"block{i}"
        y = block(f"{name}/first", x, channels, 1, 1)
        parts = tf.split(y, 8, axis=2)
        done = [parts[0]]
        for k in range(1, 8):
            done.append(block(f"{name}/part{k + 1}", parts[k] if k == 1 else parts[k] + done[-1], channels // 8, 3, dilation))
        y = block(f"{name}/last", tf.concat(done, 2), channels, 1, 1)
        gate = tower.relu(tower.linear(f"{name}/squeeze", tf.reduce_mean(y, 1), 128))
        x = x + y * tf.sigmoid(tower.linear(f"{name}/excite", gate, channels))[:, None]
        outputs.append(x)
    x = block("frame5", tf.concat(outputs, 2), pooled_channels, 1, 1)
    mean, deviation = statistics(x, tf.fill((1, x.shape[1], 1), tf.constant(1 / x.shape[1], x.dtype)))
    context = tf.concat([x] + [tf.repeat(each[:, None], x.shape[1], 1) for each in (mean, deviation)], 2)
    scores = tower.conv1d("attention/last", tf.tanh(block("attention/first", context, 128, 1, 1)), pooled_channels, 1, 1)
    pooled = tf.concat(statistics(x, tf.nn.softmax(scores, axis=1)), 1)
    return tower.linear("embedding", tower.norm("pooling/norm", pooled), embedding)


NETWORKS = {
    "small-cnn": small_cnn,
    "iresnet-18": iresnet((2, 2, 2, 2)),
    "iresnet-34": iresnet((3, 4, 6, 3)),
    "iresnet-50": iresnet((3, 4, 14, 3)),
    "iresnet-100": iresnet((3, 13, 30, 3)),
    "mobilefacenet": mobilefacenet,
    "resnet-18": resnet((2, 2, 2, 2), False),
    "resnet-50": resnet((3, 4, 6, 3), True),
    "xvector": xvector,
    "ecapa-tdnn": ecapa_tdnn,
}
