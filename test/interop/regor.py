"""
Compiles .tflite files with Vela's default core in this process and tells the bytes that it stores for weights and scales.
Standard input: one job a line, {"file", "accelerator", "options": [name, ...]}; standard output: one answer a line, {"file", "accelerator", "stored": {option: bytes}}.
"""
import json
import os
import sys

from ai_edge_litert import schema_py_generated as schema
from ethosu import regor
from ethosu.vela import vela

# What a user may ask of Vela; a name with "…" has a value for each accelerator family.
OPTIONS = {
    "default": [],
    "size": ["--optimise", "Size"],
    "no-buffering": ["--disable-buffering"],
    "small-arena": ["--arena-cache-size", "65536"],
}
PRESETS = {
    "ethos-u55": {"preset-a": ("Ethos_U55_Deep_Embedded", "Shared_Sram"), "preset-b": ("Ethos_U55_High_End_Embedded", "Sram_Only")},
    "ethos-u65": {"preset-a": ("Ethos_U65_Embedded", "Shared_Sram"), "preset-b": ("Ethos_U65_High_End", "Dedicated_Sram")},
    "ethos-u85": {"preset-a": ("Ethos_U85_SYS_Flash_Low", "Shared_Sram"), "preset-b": ("Ethos_U85_SYS_DRAM_High", "Dedicated_Sram")},
}


class Captured(Exception):
    pass


def arguments(accelerator, option):
    if option in OPTIONS:
        return OPTIONS[option]
    system, memory = PRESETS[accelerator.rsplit("-", 1)[0]][option]
    return ["--config", os.path.join("Arm", "vela.ini"), "--system-config", system, "--memory-mode", memory]


configurations = {}


def configuration(file, accelerator, option):
    """The core's own form of Vela's command line: what `vela` would hand it."""
    key = (accelerator, option)
    if key not in configurations:
        def capture(arch, input_name, name, system_config, options, *_):
            raise Captured(name, system_config, options)
        before, vela.process_regor = vela.process_regor, capture
        try:
            vela.main([file, "--accelerator-config", accelerator, *arguments(accelerator, option)])
        except Captured as captured:
            configurations[key] = captured.args
        finally:
            vela.process_regor = before
    return configurations[key]


def constants(model):
    """Bytes of the read-only tensors of the operators that run on the NPU: weights, biases and scales."""
    model = schema.ModelT.InitFromPackedBuf(model, 0)
    buffers = set()
    for graph in model.subgraphs:
        for operator in graph.operators:
            if model.operatorCodes[operator.opcodeIndex].customCode == b"ethos-u":
                # Inputs: command stream, read-only data, scratch, fast scratch, then the network's own.
                buffers.add(graph.tensors[operator.inputs[1]].buffer)
    return sum(0 if model.buffers[buffer].data is None else len(model.buffers[buffer].data) for buffer in buffers)


for line in sys.stdin:
    job = json.loads(line)
    with open(job["file"], "rb") as file:
        network = file.read()
    stored, weights = {}, {}
    for option in job["options"]:
        name, system_config, options = configuration(job["file"], job["accelerator"], option)
        compiled = regor.compile(name, network, "TFLITE", system_config, options=options)
        stored[option] = constants(compiled.model)
        weights[option] = compiled.perf_report.encodedWeights
    print(json.dumps({**job, "stored": stored, "weights": weights}), flush=True)
