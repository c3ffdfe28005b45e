"""What tools/check-interchange runs inside the environment with PyTorch: arguments are the repository, a folder for
files, and a folder of real data that may be missing."""

import json
import lzma
import pathlib
import subprocess
import sys

import numpy
import safetensors.torch
import torch

import check_onnx
import models

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NORMALISATION = ["--mean", ",".join(map(str, MEAN)), "--std", ",".join(map(str, DEVIATION))]


class Check:
    def __init__(self, root, folder, data):
        self.folder, self.data = folder, data
        self.build = root / ".build" / "release"
        self.failures = 0
        folder.mkdir(parents=True, exist_ok=True)

    def espalier(self, *arguments, program="espalier"):
        done = subprocess.run([self.build / program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{program} {' '.join(map(str, arguments))} failed:\n{done.stderr}")
        return done.stdout

    def expect(self, what, found, bound):
        holds = found <= bound
        self.failures += not holds
        print(f"{'ok  ' if holds else 'FAIL'}  {what}: {found:.3g}, bound {bound:.3g}", flush=True)

    # Images

    def make_images(self, count=100):
        """Random images in CIFAR's binary layout, and the same as PyTorch wants them."""
        pixels = numpy.random.default_rng(1).integers(0, 256, (count, 3073), dtype=numpy.uint8)
        pixels[:, 0] = numpy.arange(count) % 10
        self.images = self.folder / "images"
        self.images.mkdir(exist_ok=True)
        for name in [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]:
            (self.images / f"{name}.bin").write_bytes(pixels.tobytes())
        values = torch.from_numpy(pixels[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32) / 255)
        self.normalised = (values - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)

    def our_logits(self, file, images=None):
        output = self.folder / "logits.safetensors"
        result = json.loads(
            self.espalier("eval", file, "--data", f"cifar10={images or self.images}", "--logits", output, "--json"))
        return safetensors.torch.load_file(output)["logits"], result

    def their_logits(self, network):
        with torch.no_grad():
            return network(self.normalised)

    # Comparisons

    def weights(self, model):
        """PyTorch's files in ours, and ours in PyTorch."""
        network = models.make(model)
        theirs = self.their_logits(network)
        stem = self.folder / model.replace(":", "-")
        torch.save(network.state_dict(), f"{stem}.pt")
        torch.save({"state_dict": network.state_dict()}, f"{stem}.th", _use_new_zipfile_serialization=False)
        safetensors.torch.save_file(network.state_dict(), f"{stem}-theirs.safetensors")
        ours = f"{stem}.safetensors"
        for source in (f"{stem}.pt", f"{stem}.th", f"{stem}-theirs.safetensors"):
            self.espalier(
                "convert", source, ours, "--model", model, "--input", "3x32x32", "--classes", 10, *NORMALISATION)
            logits, _ = self.our_logits(ours)
            self.expect(f"{model} from {pathlib.Path(source).name}", relative(logits, theirs), 1e-5)
        back = models.make(model)
        back.load_state_dict(safetensors.torch.load_file(ours), strict=True)
        self.expect(f"{model} back in PyTorch", relative(self.their_logits(back), theirs), 0)
        return ours

    def trained(self, model):
        """Weights that we trained, in PyTorch."""
        run, small = self.folder / f"run-{model}", self.folder / f"trained-{model}.safetensors"
        self.espalier(
            "train", "--model", model, "--data", f"cifar10={self.images}", "--epochs", 1, "--batch-size", 20, "--lr",
            0.05, "--out", run)
        self.espalier("convert", run / "checkpoints" / "last.safetensors", small)
        network = models.make(model)
        network.load_state_dict(safetensors.torch.load_file(small), strict=True)
        logits, _ = self.our_logits(small)
        saved = json.loads(metadata(small)["normalization"])
        mean, deviation = (torch.tensor(saved[key]).view(3, 1, 1) for key in ("mean", "standardDeviation"))
        pixels = self.normalised * torch.tensor(DEVIATION).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
        with torch.no_grad():
            theirs = network.eval()((pixels - mean) / deviation)
        self.expect(f"{model} trained by us, in PyTorch", relative(logits, theirs), 1e-5)

    def onnx(self, ours):
        """ONNX's checker and ONNX Runtime, with batch norm as it is and folded."""
        logits, _ = self.our_logits(ours)
        for options in ([], ["--fold-bn"]):
            target = pathlib.Path(ours).with_suffix(".folded.onnx" if options else ".onnx")
            self.espalier("export", ours, "--onnx", target, *options)
            check_onnx.load(target)
            found = check_onnx.runtime(target)(self.normalised.numpy())
            # Small logits must agree as well in proportion.
            bound = 1e-4 * min(1, float(logits.abs().max()))
            self.expect(f"{target.name} in ONNX Runtime", float(abs(found - logits.numpy()).max()), bound)

    def published(self):
        """akamaster's ResNet-20 on CIFAR-10's test images, against logits of ONNX Runtime."""
        weights = self.data / "resnet-cifar-weights" / "resnet20-12fca82f.th"
        packed = self.data / "cifar10" / "test_batch.bin.xz"
        if not weights.exists() or not packed.exists():
            print(f"skipped: {weights} and {packed} are not there")
            return
        images = self.folder / "cifar10"
        images.mkdir(exist_ok=True)
        records = lzma.decompress(packed.read_bytes())
        (images / "test_batch.bin").write_bytes(records)
        ours = self.folder / "published.safetensors"
        self.espalier("convert", weights, ours, "--model", "resnet20", "--class-names", "cifar10", *NORMALISATION)
        logits, result = self.our_logits(ours, images)
        logits, theirs = logits.numpy(), numpy.load(weights.parent / "resnet20-test-logits.npy")
        labels = numpy.frombuffer(records, numpy.uint8).reshape(-1, 3073)[:, 0]
        self.expect("published ResNet-20, largest difference of 100,000 logits", abs(logits - theirs).max(), 1e-4)
        top1 = (theirs.argmax(1) == labels).mean()
        print(f"      top-1 {result['top1']:.4f}, theirs {top1:.4f}; loss {result['loss']:.5f}")
        self.expect("difference in top-1", abs(result["top1"] - top1), 0)
        ordered = numpy.sort(theirs, 1)
        margin = ordered[:, -1] - ordered[:, -2]
        other = numpy.flatnonzero(logits.argmax(1) != theirs.argmax(1))
        self.expect("other predictions at a margin above 1e-3", float((margin[other] > 1e-3).sum()), 0)
        close = numpy.flatnonzero(margin <= 1e-3)
        print(f"      {len(close)} images with a margin up to 1e-3: {close.tolist()}; of those predicted otherwise: {other.tolist()}")


def relative(logits, theirs):
    return float((logits - theirs).abs().max() / theirs.abs().max())


def metadata(path):
    with safetensors.safe_open(path, "pt") as file:
        return file.metadata()


def main():
    check = Check(*map(pathlib.Path, sys.argv[1:4]))
    check.make_images()
    files = {model: check.weights(model) for model in ("resnet20", "resnet18", "vgg16", "vgg11:head=3", "resnet50", "resnet56")}
    check.trained("resnet18")
    shrunk = check.folder / "resnet56-shrunk.safetensors"
    check.espalier(files["resnet56"], shrunk, program="RemoveAtRandom")
    for ours in (files["resnet20"], files["resnet50"], files["vgg16"], shrunk):
        check.onnx(ours)
    check.published()
    print(f"{check.failures} failures" if check.failures else "all comparisons hold")
    sys.exit(check.failures > 0)


if __name__ == "__main__":
    main()
