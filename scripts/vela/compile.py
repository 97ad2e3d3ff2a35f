"""Compiles .tflite files with Vela's default core, in-process: one JSON job a line of standard input, one JSON answer a line of standard output.

A job: {"file", "accelerator", "system"?, "mode"?, "optimise"?, "arena"?, "disable"?: [features]}; what is absent is as `vela` itself has it.
An answer: cycles, peak bytes of each memory, bytes read from it and written to it, bytes of streams and of the command stream, operators with blocks and cycles, tensors with their live ranges.
"""
import json
import os
import sys

import ethosu.regor as regor
from ai_edge_litert import schema_py_generated as schema

CONFIGURATIONS = open(os.path.join(os.path.dirname(regor.__file__), "config_files", "Arm", "vela.ini"), encoding="utf-8").read()
# What `vela` takes where the command line says nothing: system configuration, memory mode, bytes of address space.
DEFAULTS = {
    "u55": ("Ethos_U55_High_End_Embedded", "Shared_Sram", 1 << 32),
    "u65": ("Ethos_U65_Client_Server", "Dedicated_Sram_384KB", 1 << 40),
    "u85": ("Ethos_U85_SYS_DRAM_Mid", "Dedicated_Sram_384KB", 1 << 40),
}
CACHES = {"Dedicated_Sram_256KB": 256 << 10, "Dedicated_Sram_384KB": 384 << 10, "Dedicated_Sram_512KB": 512 << 10}
TABLES = ("perf", "perf_debug", "perf_debug_main")
# Columns of an operator: name here, name in the compiler's database.
COLUMNS = {
    "id": "id", "source": "source_id", "operator": "operator", "name": "name", "total": "op_cycles", "npu": "npu_cycles",
    "mac": "mac_cycles", "output": "ao_cycles", "command": "cmd_cycles", "traversal": "traversal", "cascade": "cascade", "slices": "ofm_depth_slices",
    "streams": "weight_total_bytes", "decode": "wd_cycles", "transfer": "weight_transfer_cycles", "buffering": "weight_buffering", "time": "time_index",
    "inputFormat": "ifm_format", "outputFormat": "ofm_format", "inputMemory": "ifm_memory", "outputMemory": "ofm_memory", "weightFormat": "weight_format",
}
SHAPES = {"input": "ifm_shape", "second": "ifm2_shape", "result": "ofm_shape", "inputBlock": "ifm_block", "block": "ofm_block", "microBlock": "ofm_ublock"}


def value(text):
    return int(text) if text.lstrip("-").isdigit() else text


def rows(database, table):
    entry = database.tables.get(table)
    return [dict(zip(entry.header, row)) for row in entry.data] if entry else []


def operators(database):
    merged = {}
    for table in (*TABLES, "perf_debug_wd"):
        for row in rows(database, table):
            merged.setdefault(row["id"], {}).update(row)
    fused = {row["id"] for row in rows(database, "group")}
    found = []
    for row in merged.values():
        entry = {name: value(row[column]) for name, column in COLUMNS.items() if column in row}
        for name, column in SHAPES.items():
            if f"{column}_h" in row:
                entry[name] = [value(row[f"{column}_{axis}"]) for axis in "hwc"]
        entry["access"] = {column[:-3]: int(number) for column, number in row.items() if column.endswith("_ac") and column.count("_") == 1 and column[:-3] + "_read_efficiency" in row}
        entry["fused"] = row["id"] in fused
        found.append(entry)
    return found


def command_bytes(model):
    """Bytes of the command streams of the operators that run on the NPU: their first input."""
    model = schema.ModelT.InitFromPackedBuf(model, 0)
    custom = {index for index, code in enumerate(model.operatorCodes) if code.customCode == b"ethos-u"}
    graph = model.subgraphs[0]
    return sum(len(model.buffers[graph.tensors[operator.inputs[0]].buffer].data) for operator in graph.operators if operator.opcodeIndex in custom)


def compile_job(job):
    _, family, macs = job["accelerator"].split("-")
    system, mode, space = DEFAULTS[family]
    system, mode = job.get("system", system), job.get("mode", mode)
    cores = 2 if job["accelerator"] == "ethos-u65-512" else 1
    configuration = f"[architecture]\nmacs={int(macs) // cores}\ncores={cores}\n[vela]\nsystem_config_name={system}\nmemory_mode_name={mode}\n{CONFIGURATIONS}"
    arena = job.get("arena", CACHES.get(mode, space))
    options = (
        "\n[compiler]\nenable_db=true\noutput_format=TFLite\ncop_format=COP1\n"
        f"\n[scheduler]\noptimize={job.get('optimise', 'Performance')}\narena_size_limit={arena}\ndisable_feature={'|'.join(job.get('disable', []))}\n"
        "cpu_tensor_alignment=16\ntensor_allocator=HillClimb\n\n[graph]\nsoftmax_int16_neg_exp_range=10.0\n"
    )
    with open(job["file"], "rb") as file:
        compiled = regor.compile(f"Ethos{family.upper()}", file.read(), "TFLITE", configuration, options=options)
    report, database = compiled.perf_report, compiled.opt_database
    memories = {str(name): memory for name, memory in report.memories.items()}
    return {
        "cycles": report.totalCycles, "npuCycles": report.npuCycles, "cpu": report.cpuOps, "cascades": report.cascades, "streams": report.encodedWeights,
        "traffic": {name: sum(access.bytesRead + access.bytesWritten for access in memory.accesses.values()) for name, memory in memories.items()},
        "readOnly": report.readOnlyPeakUsage, "commands": command_bytes(compiled.model), "peak": {name: memory.peakUsage for name, memory in memories.items()},
        "operators": operators(database),
        "tensors": [
            {**{key: value(row[key]) for key in ("name", "memory", "usage", "format", "start_time", "end_time")}, "size": int(row["size"], 16)}
            for row in rows(database, "tensors")
        ],
    }


def main():
    for line in sys.stdin:
        try:
            answer = compile_job(json.loads(line))
        except Exception as error:  # Whatever the compiler throws is the answer to this job.
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
