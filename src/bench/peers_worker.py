"""A peer's step of an ArcFace head (m 0.5, s 30): loss, gradients of features and centers, momentum update of the centers.

    peers_worker.py KIND BATCH DIM CLASSES THREADS CHECK

KIND: keras, the article's layer; pml, ArcFaceLoss of pytorch-metric-learning; partial-fc-R, the formula of Partial FC
(An 2021, arXiv:2010.05222) with a share R of the classes. CHECK is a folder with features x.npy, centers w.npy and
labels y.npy and with what margin-softmax's command head wrote for them: the peer's loss and gradients are compared with
these first. Then each line of standard input is answered with the milliseconds of a step, over about a second.
"""
import math
import pathlib
import sys
import time

import numpy as np

MARGIN, SCALE, RATE, MOMENTUM = 0.5, 30.0, 1e-6, 0.9
TOLERANCE = 2e-5

kind = sys.argv[1]
batch, dim, classes, threads = map(int, sys.argv[2:6])
check = pathlib.Path(sys.argv[6])


def first_values(seed, *shape):
    return np.random.default_rng(seed).uniform(-0.1, 0.1, shape).astype(np.float32)


class Keras:
    """The article's layer and Keras' momentum SGD, compiled into one function."""

    def __init__(self, x, w, y):
        import tensorflow as tf
        import article_layer
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        self.x, self.y = tf.Variable(x), tf.constant(y)
        layer = article_layer.arcface(tf.keras)(len(w))
        layer.build(((None, x.shape[1]), (None, len(w))))
        layer.kernel.assign(w.T)
        loss = tf.keras.losses.CategoricalCrossentropy(from_logits=True)
        optimizer = tf.keras.optimizers.SGD(RATE, momentum=MOMENTUM)
        optimizer.build([layer.kernel])

        def gradients():
            one_hot = tf.one_hot(self.y, len(w))
            with tf.GradientTape() as tape:
                value = loss(one_hot, layer((self.x, one_hot)))
            return value, tape.gradient(value, [self.x, layer.kernel.value])

        @tf.function
        def step():
            value, (of_x, of_kernel) = gradients()
            optimizer.apply([of_kernel], [layer.kernel])
            return value, of_x

        self.compute, self.run = gradients, step

    def gradients(self):
        value, (of_x, of_kernel) = self.compute()
        return value.numpy(), of_x.numpy(), of_kernel.numpy().T

    def step(self):
        return self.run()[0].numpy()


class Torch:
    """A loss of PyTorch with torch's SGD."""

    def __init__(self, x, y):
        import torch
        torch.set_num_threads(threads)
        self.x = torch.tensor(x, requires_grad=True)
        self.y = torch.tensor(y)

    def begin(self, centers):
        import torch
        self.centers = centers
        self.optimizer = torch.optim.SGD([centers], RATE, momentum=MOMENTUM)

    def backward(self):
        self.x.grad = self.centers.grad = None
        value = self.loss()
        value.backward()
        return value.item()

    def step(self):
        value = self.backward()
        self.optimizer.step()
        return value


class Pml(Torch):
    """ArcFaceLoss of pytorch-metric-learning, which wants m in degrees."""

    def __init__(self, x, w, y):
        super().__init__(x, y)
        import torch
        from pytorch_metric_learning.losses import ArcFaceLoss
        self.head = ArcFaceLoss(len(w), x.shape[1], margin=math.degrees(MARGIN), scale=SCALE)
        self.head.W.data = torch.tensor(w.T.copy())
        self.begin(self.head.W)

    def loss(self):
        return self.head(self.x, self.y)

    def gradients(self):
        return self.backward(), self.x.grad.numpy(), self.centers.grad.numpy().T


class PartialFc(Torch):
    """
    The classes of the batch and a draw of the others; their centers and momentum are gathered, updated and written
    back. With all classes nothing is gathered.
    """

    def __init__(self, x, w, y, share):
        super().__init__(x, y)
        import torch
        self.share = share
        self.all = torch.tensor(w)
        self.momentum = torch.zeros_like(self.all)
        self.labels = self.y
        if share == 1:
            self.begin(self.all.requires_grad_())

    def loss(self):
        import torch
        from torch.nn.functional import cross_entropy, normalize
        cosines = (normalize(self.x) @ normalize(self.centers).T).clamp(-1, 1)
        rows = torch.arange(len(self.labels))
        target = cosines[rows, self.labels]
        with_margin = torch.cos(torch.acos(target) + MARGIN)
        logits = cosines.index_put((rows, self.labels), with_margin)
        return cross_entropy(SCALE * logits, self.labels)

    def gradients(self):
        return self.backward(), self.x.grad.numpy(), self.centers.grad.numpy()

    def step(self):
        import torch
        if self.share == 1:
            return super().step()
        order = torch.rand(len(self.all))
        order[self.y] = 2
        rows = torch.topk(order, int(self.share * len(self.all))).indices.sort().values
        self.labels = torch.searchsorted(rows, self.y)
        self.centers = self.all[rows].requires_grad_()
        value = self.backward()
        with torch.no_grad():
            momentum = self.momentum[rows].mul_(MOMENTUM).add_(self.centers.grad)
            self.momentum[rows] = momentum
            self.all[rows] = self.centers.add(momentum, alpha=-RATE)
        return value


def peer(x, w, y):
    if kind.startswith("partial-fc-"):
        return PartialFc(x, w, y, float(kind.removeprefix("partial-fc-")))
    return {"keras": Keras, "pml": Pml}[kind](x, w, y)


def compare():
    arrays = [np.load(check / f"{name}.npy") for name in "xwy"]
    # A draw of the classes has no counterpart: its formula is that of all of them.
    same = PartialFc(*arrays, 1) if kind.startswith("partial-fc-") else peer(*arrays)
    for name, found in zip(("loss", "grad_features", "grad_centers"), same.gradients()):
        ours = np.load(check / "out" / f"{name}.npy")
        if found is None or not np.abs(found - ours).max() <= TOLERANCE * np.abs(ours).max():
            sys.exit(f"{kind}: expected {name} of {ours}, found {found}")


def milliseconds(work):
    start, steps = time.perf_counter(), 0
    while steps < 2 or time.perf_counter() - start < 1:
        assert math.isfinite(work())
        steps += 1
    return 1e3 * (time.perf_counter() - start) / steps


compare()
work = peer(first_values(1, batch, dim), first_values(2, classes, dim),
            np.random.default_rng(3).integers(0, classes, batch))
for _ in range(3):
    work.step()
print("ready", flush=True)
for _ in sys.stdin:
    print(milliseconds(work.step), flush=True)
