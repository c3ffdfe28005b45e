"""Trains a CIFAR ResNet on an IDX data set in PyTorch with espalier's recipe: SGD with momentum .9, weight decay, cosine
schedule per step, crop with 4 zero pixels and flip, the last partial batch dropped. Prints one JSON line per epoch."""

import argparse
import gzip
import json
import math
import pathlib
import struct
import time

import torch
from resnet import ResNet
from torch.nn import functional

parser = argparse.ArgumentParser()
parser.add_argument("directory", type=pathlib.Path)
parser.add_argument("--depth", type=int, default=20)
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--weight-decay", type=float, default=1e-4)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--mean", type=float, default=0.2860406)
parser.add_argument("--std", type=float, default=0.3530242)
arguments = parser.parse_args()


def idx(name):
    data = gzip.decompress((arguments.directory / name).read_bytes())
    count = data[3]
    shape = struct.unpack(f">{count}I", data[4 : 4 + 4 * count])
    return torch.frombuffer(bytearray(data[4 + 4 * count :]), dtype=torch.uint8).reshape(shape)


def load(split):
    return idx(f"{split}-images-idx3-ubyte.gz").unsqueeze(1), idx(f"{split}-labels-idx1-ubyte.gz").long()


def normalised(images):
    return ((images.float() / 255 - arguments.mean) / arguments.std).to(memory_format=torch.channels_last)


def augmented(images):
    """Each image cropped at its own place from a border of 4 black pixels, and flipped half the time."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (4, 4, 4, 4))
    top, left = torch.randint(0, 9, (count,)), torch.randint(0, 9, (count,))
    rows = (top[:, None] + torch.arange(height))[:, :, None]
    columns = left[:, None] + torch.arange(width)
    columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns)[:, None, :]
    return padded[torch.arange(count)[:, None, None], 0, rows, columns].unsqueeze(1)


torch.set_num_threads(arguments.threads)
torch.manual_seed(arguments.seed)
train_images, train_labels = load("train")
test_images, test_labels = load("t10k")
model = ResNet(arguments.depth, 1).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), arguments.lr, momentum=0.9, weight_decay=arguments.weight_decay)
steps = len(train_images) // arguments.batch_size
begin = time.time()
for epoch in range(arguments.epochs):
    model.train()
    order = torch.randperm(len(train_images))
    for step in range(steps):
        progress = (epoch * steps + step) / (arguments.epochs * steps)
        for group in optimizer.param_groups:
            group["lr"] = arguments.lr * 0.5 * (1 + math.cos(math.pi * progress))
        batch = order[step * arguments.batch_size : (step + 1) * arguments.batch_size]
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(normalised(augmented(train_images[batch]))), train_labels[batch]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        hits = sum(
            (model(normalised(images)).argmax(1) == labels).sum().item()
            for images, labels in zip(test_images.split(500), test_labels.split(500))
        )
    print(json.dumps({
        "seed": arguments.seed, "epoch": epoch + 1, "top1": hits / len(test_images),
        "seconds": round(time.time() - begin, 1),
    }), flush=True)
