"""Times a training step of a CIFAR ResNet in eager PyTorch, channels_last, fp32; prints JSON like `espalier bench train-step`."""

import argparse
import json
import resource
import statistics
import time

import torch
from resnet import ResNet

def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


import_bytes = peak_memory()
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=20)
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--steps", type=int, default=8)
arguments = parser.parse_args()

torch.set_num_threads(arguments.threads)
torch.manual_seed(1)
model = ResNet(arguments.depth).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), 0.001, momentum=0.9, weight_decay=1e-4)
images = torch.rand(arguments.batch_size, 3, 32, 32).mul_(2).sub_(1).to(memory_format=torch.channels_last)
labels = torch.randint(0, 10, (arguments.batch_size,))


def step():
    begin = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    loss.item()
    return (time.perf_counter() - begin) * 1000


for _ in range(2):
    step()
median = statistics.median(step() for _ in range(arguments.steps))
print(json.dumps({
    "medianMilliseconds": median,
    "imagesPerSecond": arguments.batch_size / median * 1000,
    "peakMemoryBytes": peak_memory(),
    "importBytes": import_bytes,
    "version": torch.__version__,
}))
