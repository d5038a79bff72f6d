#!/usr/bin/env python3
"""PyTorch's nn.LSTM(32, 100), forward and backward over 64 rows of 500 steps, on this machine's GPU: rows as bench_gpu
prints them, so that the two can be compared on one card in one run.

    bench/peers/torch_lstm.py [--samples 50] [--commit TEXT]

fp32 with and without TF32, one direction and two, called step by step and replayed as a CUDA graph.
"""
import argparse
import json
import sys

try:
    import torch
except ImportError:
    sys.exit("torch_lstm.py: PyTorch is not installed")

T, N, E, H = 500, 64, 32, 100
REPLAYS = 5  # of a sample, so that the start of the first hides behind the rest
PREDICTED_US = {False: 4500.0, True: 8000.0}  # bidirectional or not; the same kernels of cuDNN as bench_gpu's


def quantile(values, fraction):
    place = fraction * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - below) * (values[above] - values[below])


def sample_us(run):
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(REPLAYS):
        run()
    end.record()
    torch.cuda.synchronize()
    return 1e3 * begin.elapsed_time(end) / REPLAYS


def graphed(run):
    """The step as a CUDA graph, after a few runs on another stream, as PyTorch asks for."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def measure(bidirectional, tf32, as_graph, options):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    lstm = torch.nn.LSTM(E, H, bidirectional=bidirectional).cuda()
    x = torch.randn(T, N, E, device="cuda", requires_grad=True)

    def step():
        x.grad = None
        lstm.zero_grad(set_to_none=True)
        lstm(x)[1][0].sum().backward()

    run = graphed(step) if as_graph else step
    for _ in range(5):
        sample_us(run)
    us = sorted(sample_us(run) for _ in range(options.samples))
    median, predicted = quantile(us, 0.5), PREDICTED_US[bidirectional]
    print(json.dumps({
        "name": "torch bilstm training" if bidirectional else "torch lstm training",
        "shape": f"N={N} T={T} E={E} H={H}", "engine": "torch", "precision": "tf32" if tf32 else "fp32",
        "graph": as_graph, "median_us": round(median, 2), "p10": round(quantile(us, 0.1), 2),
        "p90": round(quantile(us, 0.9), 2), "min_us": round(us[0], 2), "max_us": round(us[-1], 2), "n": len(us),
        "predicted_us": predicted, "ratio": round(median / predicted, 3),
        "device": f"{torch.cuda.get_device_name(0)}, PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}",
        "commit": options.commit}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--commit", default="")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("torch_lstm.py: PyTorch finds no GPU")
    torch.manual_seed(7)
    failures = 0
    for bidirectional in (False, True):
        for tf32 in (False, True):
            for as_graph in (False, True):
                try:
                    measure(bidirectional, tf32, as_graph, options)
                except RuntimeError as error:  # what one version cannot capture another can
                    print(f"torch_lstm.py: graph={as_graph}: {str(error).splitlines()[0]}", file=sys.stderr)
                    failures += 1
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
