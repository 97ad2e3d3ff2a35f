"""Training step of a plain network in PyTorch on the CPU: `step.py NETWORK THREADS BATCH ROUNDS` prints {"milliseconds": [...], "cpuMilliseconds": [...]} (bench/steps.ts runs it)."""

import json
import sys
import time

import torch
from torch import nn


def norm(channels, activation=True):
    layers = [nn.BatchNorm2d(channels, eps=1e-3)]
    return layers + [nn.ReLU()] if activation else layers


def conv(inputs, filters, kernel, stride, padding, activation=True, groups=1):
    return nn.Sequential(nn.Conv2d(inputs, filters, kernel, stride, padding, groups=groups, bias=False), *norm(filters, activation))


class Residual(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.inner = nn.Sequential(conv(inputs, filters, 3, stride, 1), conv(filters, filters, 3, 1, 1, activation=False))
        self.shortcut = nn.Identity() if stride == 1 else conv(inputs, filters, 1, stride, 0, activation=False)

    def forward(self, x):
        return torch.relu(self.inner(x) + self.shortcut(x))


def head(channels, classes):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]


def resnet8():
    return (3, 32, 32), 10, nn.Sequential(conv(3, 16, 3, 1, 1), Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2), *head(64, 10))


def dscnn():
    # TensorFlow's 'same' padding of a 10x4 kernel with stride 2 on 49x10 is (4, 5) and (1, 1).
    layers = [nn.ZeroPad2d((1, 1, 4, 5)), conv(1, 64, (10, 4), 2, 0)]
    for _ in range(4):
        layers += [conv(64, 64, 3, 1, 1, groups=64), conv(64, 64, 1, 1, 0)]
    return (1, 49, 10), 12, nn.Sequential(*layers, *head(64, 12))


def main():
    name, threads, batch, rounds = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    shape, classes, network = {"resnet8": resnet8, "dscnn": dscnn}[name]()
    network = network.to(memory_format=torch.channels_last).train()
    x = torch.randn(batch, *shape).to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % classes
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-4)
    times, busy = [], []
    for _ in range(rounds + 5):
        start, start_busy = time.perf_counter(), time.process_time()
        optimiser.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(network(x), labels).backward()
        optimiser.step()
        times.append((time.perf_counter() - start) * 1000)
        busy.append((time.process_time() - start_busy) * 1000)
    print(json.dumps({"milliseconds": times[5:], "cpuMilliseconds": busy[5:]}))


main()
