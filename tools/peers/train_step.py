"""Times a training step in PyTorch; prints JSON like `espalier bench train-step`."""

import stopwatch
import torch
import torch._dynamo  # Every optimizer imports it; here it counts among the imports instead of the training.


def prepared(arguments):
    """What is timed, and a function that takes a step of training."""
    subject = stopwatch.Subject(arguments)
    network = torch.compile(subject.network) if arguments.compile else subject.network
    optimizer = torch.optim.SGD(subject.network.parameters(), 0.001, momentum=0.9, weight_decay=1e-4)
    labels = torch.randint(0, arguments.classes, (arguments.batch_size,), device=arguments.device)

    def step():
        images = subject.batch()
        optimizer.zero_grad(set_to_none=True)
        with subject.precision():
            logits = network(images)
        loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return subject, step


def main():
    subject, step = prepared(stopwatch.parse(__doc__))
    subject.report(step)


if __name__ == "__main__":
    main()
