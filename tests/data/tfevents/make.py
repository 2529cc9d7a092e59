"""Writes the small event files of Kinora's tests. Python 3.11, torch 2.11.0, tensorboard 2.21.0, moviepy 1.0.3, pillow 11.3.0."""
import io, os, shutil, socket, struct, sys
import numpy as np
socket.gethostname = lambda: "host"
os.getpid = lambda: 7
import torch
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from torch.utils.tensorboard import SummaryWriter, FileWriter

root = sys.argv[1]
shutil.rmtree(root, ignore_errors=True)
def folder(name): return os.path.join(root, name)
T = 1700000000.0

with SummaryWriter(folder("plain")) as w:                       # the form of add_scalar's default
    for i in range(20):
        w.add_scalar("Loss/train", 1 / (i + 1), i, walltime=T + i)
        if i % 5 == 0: w.add_scalar("Loss/valid", float("nan") if i == 10 else float("inf") if i == 15 else 0.5 - i, i, walltime=T + i)

with SummaryWriter(folder("new_style")) as w:                   # tensors
    for i in range(5):
        w.add_scalar("float", 0.25 * i, i, walltime=T + i, new_style=True)
        w.add_scalar("double", 1e-300 * i + 1 / 3, i, walltime=T + i, new_style=True, double_precision=True)

with SummaryWriter(folder("media")) as w:
    rng = np.random.default_rng(0)
    w.add_image("picture", np.linspace(0, 1, 3 * 4 * 6).reshape(3, 4, 6), 3, walltime=T)                # 6 wide, 4 high
    w.add_images("grid", rng.random((2, 3, 4, 4)), 4, walltime=T)
    w.add_video("video", (rng.random((1, 3, 3, 8, 10)) * 255).astype(np.uint8), 5, fps=4, walltime=T)   # GIF of 3 frames, 10 wide, 8 high
    w.add_text("notes", "a **bold** text\nwith ümlauts", 6, walltime=T)
    w.add_audio("tone", torch.sin(torch.arange(64) * 0.3)[None], 7, sample_rate=8000, walltime=T)
    w.add_histogram("weights", np.arange(8), 8, bins=4, walltime=T)
    jpeg = io.BytesIO(); Image.new("RGB", (5, 7), (200, 30, 30)).save(jpeg, "JPEG", quality=30)
    w._get_file_writer().add_summary(Summary(value=[Summary.Value(tag="jpeg", image=Summary.Image(height=7, width=5, colorspace=3, encoded_image_string=jpeg.getvalue()))]), 9, walltime=T)

with SummaryWriter(folder("hparams")) as w:
    w.add_hparams({"lr": 0.002, "batch": 16, "optimizer": "adam", "ema": True}, {"fvd": 101.5}, run_name="trial")

def png(width, height):
    out = io.BytesIO(); Image.new("RGB", (width, height), (1, 2, 3)).save(out, "PNG"); return out.getvalue()
def meta(name, cls): return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=name), data_class=cls)
def shape(*dims): return TensorShapeProto(dim=[TensorShapeProto.Dim(size=d) for d in dims])

w = FileWriter(folder("tensors"))                               # what TensorFlow 2 and other writers make; metadata in a tag's first record alone
def value(tag, tensor, step, metadata=None):
    v = Summary.Value(tag=tag, tensor=tensor)
    if metadata is not None: v.metadata.CopyFrom(metadata)
    w.add_event(Event(summary=Summary(value=[v])), step, walltime=T + step)
for step in (1, 2):
    m = meta("scalars", 1) if step == 1 else None
    value("float_content", TensorProto(dtype=1, tensor_shape=shape(), tensor_content=struct.pack("<f", 0.5 * step)), step, m)
    value("double_content", TensorProto(dtype=2, tensor_shape=shape(), tensor_content=struct.pack("<d", 0.1 * step)), step, m)
    value("half_values", TensorProto(dtype=19, tensor_shape=shape(), half_val=[int(np.float16(1.5 * step).view(np.uint16))]), step, m)
    value("half_content", TensorProto(dtype=19, tensor_shape=shape(), tensor_content=np.float16(-2.25 * step).tobytes()), step, m)
    value("bfloat16", TensorProto(dtype=14, tensor_shape=shape(), half_val=[0x3fc0]), step, m)
    value("int32", TensorProto(dtype=3, tensor_shape=shape(), int_val=[-7 * step]), step, m)
    value("int64", TensorProto(dtype=9, tensor_shape=shape(1), int64_val=[5000000000 * step]), step, m)
    value("uint8_content", TensorProto(dtype=4, tensor_shape=shape(), tensor_content=bytes([200 + step])), step, m)
    value("bool", TensorProto(dtype=10, tensor_shape=shape(), bool_val=[True]), step, m)
    value("left_out_zero", TensorProto(dtype=1, tensor_shape=shape(), float_val=[0.0]), step, m)
    value("vector", TensorProto(dtype=1, tensor_shape=shape(3), float_val=[1, 2, 3]), step, m)
    value("pictures", TensorProto(dtype=7, tensor_shape=shape(4), string_val=[b"3", b"2", png(3, 2), png(3, 2)]), step, meta("images", 3) if step == 1 else None)
    value("words", TensorProto(dtype=7, tensor_shape=shape(2), string_val=[b"one", b"two"]), step, meta("text", 2) if step == 1 else None)
    value("curve", TensorProto(dtype=1, tensor_shape=shape(2, 2), float_val=[1, 2, 3, 4]), step, meta("pr_curves", 2) if step == 1 else None)
w.close()

os.getpid = lambda: 8
a = SummaryWriter(folder("two_writers"), filename_suffix=".a")
b = SummaryWriter(folder("two_writers"), filename_suffix=".b")
for i in range(10):
    a.add_scalar("train/loss", i, i, walltime=T + i)
    b.add_scalar("valid/loss", -i, i, walltime=T + i + 0.5)
a.close(); b.close()

import time
clock = time.time
time.time = lambda: 1700000000.0
with SummaryWriter(folder("purged")) as w:
    for i in range(10): w.add_scalar("loss", i, i, walltime=T + i)
time.time = lambda: 1700000100.0
with SummaryWriter(folder("purged"), purge_step=6) as w:
    for i in range(6, 9): w.add_scalar("loss", 100 + i, i, walltime=T + 100 + i)
time.time = lambda: 1700000000.0
with SummaryWriter(folder("gone_on")) as w:                     # resumed without purge_step
    for i in range(10): w.add_scalar("loss", i, i, walltime=T + i)
time.time = lambda: 1700000100.0
with SummaryWriter(folder("gone_on")) as w:
    for i in range(6, 12): w.add_scalar("loss", 100 + i, i, walltime=T + 100 + i)
time.time = clock

# the names carry the time; give them one that does not change from call to call
for path, _, names in os.walk(root):
    for i, name in enumerate(sorted(names)):
        parts = name.split(".")
        seconds = parts[3] if path.endswith(("purged", "gone_on")) else "1700000000"
        os.rename(os.path.join(path, name), os.path.join(path, f"events.out.tfevents.{seconds}.host.{i}"))
