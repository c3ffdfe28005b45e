"""Golden cases of single operators: PyTorch's float64 results, rounded to float32.

Inputs are exact in float32, so the only error of a golden is its last rounding: a device is compared with what is
right, not with another float32 program. A case is a dictionary {name, operator, problem, tensors}; `tensors` maps
the roles of a case (input, weights, output, ...) to names in the file. A role with the suffix `.before` is what a
tensor holds before the operator updates it.
"""

import numpy as np
import torch
import torch.nn.functional as F

import formula


class Book:
    """The cases and tensors that the file will hold."""

    def __init__(self):
        self.cases, self.tensors = [], {}

    def add(self, name, operator, problem, own, shared=None):
        """Adds a case. `own` maps roles to arrays of its own, `shared` to names of tensors already there."""
        if any(case["name"] == name and case["operator"] == operator for case in self.cases):
            raise ValueError(f"two cases of {operator} are called '{name}'")
        names = dict(shared or {})
        for role, value in own.items():
            names[role] = f"{operator} {name}/{role}"
            self.tensors[names[role]] = array(value)
        self.cases.append({"name": name, "operator": operator, "problem": problem, "tensors": names})


def array(value):
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def leaf(values):
    """A float64 tensor that collects a gradient."""
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def backward(name, output):
    """Runs backwards from a made-up output gradient, which it returns."""
    gradient = formula.uniform(name + "/outputGradient", tuple(output.shape))
    output.backward(torch.tensor(gradient))
    return gradient


def single(value):
    """A hyperparameter as the float32 number that Swift holds."""
    return float(np.float32(value))


def extent(values):
    """One size per axis, with an `x` between two that differ."""
    return "x".join(str(v) for v in (values if values[0] != values[1] else values[:1]))


def sizes(shape):
    return "x".join(str(size) for size in shape)


def convolution(book, shape, outputs, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), bias=False):
    name = f"{sizes(shape)} to {outputs} kernel {extent(kernel)}"
    name += f" stride {extent(stride)} padding {extent(padding)} dilation {extent(dilation)}"
    name += " with bias" if bias else ""
    x = leaf(formula.uniform(name + "/input", shape))
    w = leaf(formula.uniform(name + "/weights", (outputs, shape[1], *kernel)))
    b = leaf(formula.uniform(name + "/bias", (outputs,))) if bias else None
    y = F.conv2d(x, w, b, stride, padding, dilation)
    own = {"input": x, "weights": w, "output": y, "outputGradient": backward(name, y)}
    own |= {"inputGradient": x.grad, "weightsGradient": w.grad}
    own |= {"bias": b, "biasGradient": b.grad} if bias else {}
    problem = {"input": shape, "outputChannels": outputs, "kernel": kernel, "stride": stride}
    book.add(name, "convolution", problem | {"padding": padding, "dilation": dilation, "bias": bias}, own)


def batch_norm_statistics(book, shape, groups, offset):
    name = f"{sizes(shape)} groups {groups} offset {offset}"
    momentum = single(0.1)
    x = torch.tensor(formula.uniform(name + "/input", shape) + offset)
    mean = torch.tensor(formula.uniform(name + "/runningMean", (shape[1],)))
    variance = torch.tensor(formula.uniform(name + "/runningVariance", (shape[1],)) / 2 + 1)
    own = {"input": x, "runningMean.before": mean, "runningVariance.before": variance}
    running = []
    for part in x.chunk(groups):
        statistics = mean.clone(), variance.clone()
        F.batch_norm(part, *statistics, training=True, momentum=momentum)
        running.append(statistics)
    parts = [part.transpose(0, 1).flatten(1) for part in x.chunk(groups)]
    own["mean"] = torch.stack([part.mean(1) for part in parts])
    own["variance"] = torch.stack([part.var(1, unbiased=False) for part in parts])
    own["runningMean"] = torch.stack([mean for mean, _ in running]).mean(0)
    own["runningVariance"] = torch.stack([variance for _, variance in running]).mean(0)
    problem = {"shape": shape, "groups": groups, "momentum": momentum}
    book.add(name, "batchNormStatistics", problem, own)


def pooling(book, kind, shape, kernel, stride, padding=(0, 0), ties=False):
    name = f"{sizes(shape)} {kind} {extent(kernel)} stride {extent(stride)} padding {extent(padding)}"
    name += " with ties" if ties else ""
    x = leaf((formula.coarse if ties else formula.uniform)(name + "/input", shape))
    function = F.max_pool2d if kind == "maximum" else F.avg_pool2d
    y = function(x, kernel, stride, padding)
    own = {"input": x, "output": y, "outputGradient": backward(name, y), "inputGradient": x.grad}
    problem = {"kind": kind, "input": shape, "kernel": kernel, "stride": stride, "padding": padding}
    book.add(name, "pooling", problem, own)


def global_average_pool(book, shape):
    name = sizes(shape)
    x = leaf(formula.uniform(name + "/input", shape))
    y = F.adaptive_avg_pool2d(x, 1).flatten(1)
    own = {"input": x, "output": y, "outputGradient": backward(name, y), "inputGradient": x.grad}
    book.add(name, "globalAveragePool", {"input": shape}, own)


def shortcut(book, shape, outputs, stride, offset):
    """Negative padding crops, as F.pad does it."""
    name = f"{sizes(shape)} to {outputs} stride {stride} offset {offset}"
    x = leaf(formula.uniform(name + "/input", shape))
    y = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, offset, outputs - shape[1] - offset))
    own = {"input": x, "output": y, "outputGradient": backward(name, y), "inputGradient": x.grad}
    problem = {"input": shape, "outputChannels": outputs, "stride": stride, "channelOffset": offset}
    book.add(name, "shortcut", problem, own)


def linear(book, batch, inputs, outputs, bias):
    name = f"{batch}x{inputs} to {outputs}" + (" with bias" if bias else "")
    x = leaf(formula.uniform(name + "/input", (batch, inputs)))
    w = leaf(formula.uniform(name + "/weights", (outputs, inputs)))
    b = leaf(formula.uniform(name + "/bias", (outputs,))) if bias else None
    y = F.linear(x, w, b)
    own = {"input": x, "weights": w, "output": y, "outputGradient": backward(name, y)}
    own |= {"inputGradient": x.grad, "weightsGradient": w.grad}
    own |= {"bias": b, "biasGradient": b.grad} if bias else {}
    book.add(name, "linear", {"batch": batch, "inputs": inputs, "outputs": outputs, "bias": bias}, own)


def softmax_cross_entropy(book, batch, classes, smoothing, scale, ignore=False):
    name = f"{batch}x{classes} smoothing {smoothing} scale {scale}" + (" with ignored" if ignore else "")
    logits = leaf(formula.uniform(name + "/logits", (batch, classes)) * scale)
    labels = formula.integers(name + "/labels", batch, classes)
    if ignore:
        labels[::3] = -100
    losses = F.cross_entropy(
        logits, torch.tensor(labels), reduction="none", ignore_index=-100, label_smoothing=single(smoothing))
    losses.mean().backward()
    own = {"logits": logits, "labels": np.where(labels < 0, -1, labels)}
    own |= {"losses": losses, "logitsGradient": logits.grad}
    problem = {"batch": batch, "classes": classes, "labelSmoothing": single(smoothing)}
    book.add(name, "softmaxCrossEntropy", problem, own)


def label_ranks(book, batch, classes):
    """A stable descending sort puts the lower index first among ties."""
    name = f"{batch}x{classes} with ties"
    logits = torch.tensor(formula.coarse(name + "/logits", (batch, classes)))
    labels = torch.tensor(formula.integers(name + "/labels", batch, classes))
    order = torch.sort(logits, dim=1, descending=True, stable=True).indices
    ranks = (order == labels[:, None]).int().argmax(1).double()
    problem = {"batch": batch, "classes": classes, "labelSmoothing": 0}
    book.add(name, "labelRanks", problem, {"logits": logits, "labels": labels, "ranks": ranks})


def stochastic_gradient_descent(book, count, momentum, nesterov, decay):
    steps, rate = 3, single(0.1)
    name = f"{count} momentum {momentum} decay {decay}" + (" nesterov" if nesterov else "")
    w = leaf(formula.uniform(name + "/parameters", (count,)))
    gradients = formula.uniform(name + "/gradients", (steps, count))
    own = {"parameters.before": w.detach().clone(), "gradients": gradients}
    own["momentum.before"] = np.zeros(count)
    problem = {"count": count, "momentum": single(momentum), "nesterov": nesterov, "steps": steps}
    problem |= {"weightDecay": single(decay), "learningRate": rate}
    optimiser = torch.optim.SGD(
        [w], rate, problem["momentum"], nesterov=nesterov, weight_decay=problem["weightDecay"])
    for gradient in gradients:
        w.grad = torch.tensor(gradient)
        optimiser.step()
    own["parameters"] = w
    # Without momentum PyTorch keeps no buffer; v <- 0·v + g + 0·w leaves the last gradient there.
    own["momentum"] = optimiser.state[w]["momentum_buffer"] if momentum else gradients[-1]
    book.add(name, "stochasticGradientDescent", problem, own)


def adam(book, count, decay, decoupled, updates):
    """A case for each of the first updates. Each begins with what the one before left, in single precision."""
    rate, betas, epsilon = single(0.01), (single(0.9), single(0.999)), single(1e-8)
    series = f"{count} decay {decay}" + (" decoupled" if decoupled else "")
    w = leaf(formula.uniform(series + "/parameters", (count,)))
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    optimiser = kind([w], rate, betas, epsilon, weight_decay=single(decay))
    zeros = np.zeros(count)
    own = {"parameters.before": w.detach().clone(), "firstMoment.before": zeros, "secondMoment.before": zeros}
    shared = {}
    for update in range(1, updates + 1):
        name = f"{series} update {update}"
        own["gradients"] = formula.uniform(name + "/gradients", (count,))
        w.grad = torch.tensor(own["gradients"])
        optimiser.step()
        state = optimiser.state[w]
        after = {"parameters": w.data, "firstMoment": state["exp_avg"], "secondMoment": state["exp_avg_sq"]}
        for values in after.values():
            values.copy_(values.float())
        problem = {"count": count, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon, "update": update}
        problem |= {"weightDecay": single(decay), "isDecoupled": decoupled, "learningRate": rate}
        book.add(name, "adam", problem, own | {role: values.clone() for role, values in after.items()}, shared)
        own, shared = {}, {f"{role}.before": f"adam {name}/{role}" for role in after}


def add_all(book):
    """Every case but the epilogues."""
    convolution(book, (1, 1, 5, 5), 1, (3, 3), padding=(1, 1))
    convolution(book, (2, 3, 9, 7), 5, (3, 3), (2, 2), (1, 1), bias=True)
    convolution(book, (1, 1, 33, 33), 3, (5, 5), (2, 2), (2, 2))
    convolution(book, (1, 3, 17, 15), 4, (7, 7), (2, 2), (3, 3), bias=True)
    convolution(book, (2, 16, 6, 6), 16, (3, 3), padding=(1, 1))
    convolution(book, (1, 15, 8, 8), 17, (3, 3), (2, 2), (1, 1))
    convolution(book, (1, 33, 5, 4), 16, (1, 1), bias=True)
    convolution(book, (2, 17, 7, 7), 33, (1, 1), (2, 2))
    convolution(book, (1, 16, 3, 3), 33, (2, 2), bias=True)
    convolution(book, (5, 3, 1, 1), 3, (1, 1), bias=True)
    convolution(book, (1, 5, 16, 16), 3, (3, 3), padding=(2, 2), dilation=(2, 2))
    convolution(book, (2, 3, 15, 16), 2, (2, 5), (3, 2), (1, 2), (1, 2), bias=True)
    convolution(book, (1, 4, 11, 17), 6, (7, 1), (1, 3), (3, 0))
    convolution(book, (1, 2, 3, 3), 3, (3, 3), (1, 1), (4, 4), bias=True)
    convolution(book, (3, 1, 7, 9), 16, (3, 5), (3, 1), (0, 2), (2, 1))
    for shape, groups in [((1, 1, 3, 3), 1), ((4, 3, 5, 4), 1), ((4, 3, 5, 4), 2), ((3, 17, 7, 7), 1)]:
        batch_norm_statistics(book, shape, groups, 0)
    batch_norm_statistics(book, (6, 16, 3, 3), 3, 0)
    batch_norm_statistics(book, (2, 5, 8, 8), 1, 64)
    for kind in ("maximum", "average"):
        pooling(book, kind, (2, 3, 8, 8), (2, 2), (2, 2))
        pooling(book, kind, (2, 5, 9, 8), (3, 3), (2, 2), (1, 1))
        pooling(book, kind, (1, 17, 7, 7), (3, 3), (2, 2), (1, 1))
        pooling(book, kind, (1, 3, 15, 16), (3, 2), (1, 3), (1, 1))
    pooling(book, "maximum", (2, 3, 9, 8), (3, 3), (2, 2), (1, 1), ties=True)
    pooling(book, "maximum", (1, 16, 6, 6), (3, 3), (1, 1), (1, 1), ties=True)
    for shape in [(1, 1, 1, 1), (3, 17, 7, 5), (2, 33, 8, 8)]:
        global_average_pool(book, shape)
    shortcut(book, (2, 16, 8, 8), 32, 2, 8)
    shortcut(book, (1, 5, 7, 9), 17, 2, 6)
    shortcut(book, (1, 17, 7, 7), 9, 2, -4)
    shortcut(book, (2, 3, 5, 5), 4, 1, -1)
    shortcut(book, (1, 7, 10, 8), 16, 3, 12)
    linear(book, 1, 1, 1, False)
    linear(book, 5, 17, 10, True)
    linear(book, 3, 64, 33, True)
    linear(book, 33, 15, 3, False)
    softmax_cross_entropy(book, 1, 2, 0.0, 1)
    softmax_cross_entropy(book, 7, 10, 0.0, 8)
    softmax_cross_entropy(book, 7, 10, 0.1, 8)
    softmax_cross_entropy(book, 9, 10, 0.0, 128)
    softmax_cross_entropy(book, 9, 17, 0.1, 128)
    softmax_cross_entropy(book, 8, 10, 0.1, 4, ignore=True)
    label_ranks(book, 17, 10)
    label_ranks(book, 5, 3)
    for momentum, nesterov, decay in [(0, False, 0), (0.9, False, 0), (0.9, False, 5e-4), (0.9, True, 5e-4)]:
        stochastic_gradient_descent(book, 37, momentum, nesterov, decay)
    for decay, decoupled in [(0, False), (0.01, False), (0.01, True)]:
        adam(book, 17, decay, decoupled, 3)
    for count in (1, 15, 16, 1000):
        adam(book, count, 0.01, True, 2)
