"""Reference numbers for the signal processing of src/signals, by TensorFlow, librosa, NumPy and SciPy.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install tensorflow-cpu librosa
    /tmp/reference/bin/python test/unit/signals/reference.py > test/unit/signals/reference.json

The signals are made by the same formulas in signals.test.ts; nothing else is recorded of them.
"""
import json

import librosa
import numpy as np
import scipy
import scipy.fft
import scipy.signal
import scipy.stats
import tensorflow as tf


def noise(count, seed):
    """Whole numbers of a linear congruential generator, as values in -1..1."""
    values, state = [], seed
    for _ in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        values.append((state >> 16) / 32768 - 1)
    return np.array(values)


def sound(count, rate, seed=1):
    """A tone that glides, under an envelope, with a little noise."""
    t = np.arange(count) / rate
    chirp = np.sin(2 * np.pi * (300 * t + 900 * t * t))
    return 0.5 * chirp * np.sin(np.pi * t) + 0.01 * noise(count, seed)


def digits(values):
    return [float(f"{v:.9g}") for v in np.asarray(values, dtype=np.float64).ravel()]


def tensorflow_mfcc(x):
    """The recipe of MLPerf Tiny's keyword spotting, in float64 as far as TensorFlow has it."""
    x = tf.constant(x, tf.float64)
    spectrum = tf.abs(tf.signal.stft(x, frame_length=480, frame_step=320, window_fn=tf.signal.hann_window))
    weights = tf.signal.linear_to_mel_weight_matrix(40, 257, 16000, 20.0, 4000.0, dtype=tf.float64)
    log_mel = tf.math.log(tf.tensordot(spectrum, weights, 1) + 1e-6)
    return log_mel.numpy(), tf.signal.mfccs_from_log_mel_spectrograms(log_mel)[..., :10].numpy()


def librosa_mfcc(x):
    """librosa's own defaults but for the frames: power, Slaney's scale, natural logarithm instead of decibels."""
    mel = librosa.feature.melspectrogram(
        y=x, sr=16000, n_fft=512, win_length=512, hop_length=256, center=False, n_mels=32, fmin=0, fmax=8000)
    log_mel = np.log(mel + 1e-10)
    return log_mel.T, scipy.fft.dct(log_mel, axis=0, type=2, norm='ortho')[:13].T


x = sound(16000, 16000)
log_mel, mfcc = tensorflow_mfcc(x)
slaney, cepstrum = librosa_mfcc(x)
window = np.stack([noise(100, 7), np.cumsum(noise(100, 8)), 9.81 + 0 * noise(100, 9)], axis=1)


def features(w):
    spread = w.std(axis=0)
    flat = spread < 1e-12
    def or_zero(v):
        return np.where(flat, 0, v)
    below = w < w.mean(axis=0)
    return {
        'mean': w.mean(axis=0), 'rms': np.sqrt((w * w).mean(axis=0)), 'std': spread,
        'min': w.min(axis=0), 'max': w.max(axis=0), 'range': np.ptp(w, axis=0),
        'skewness': or_zero(scipy.stats.skew(w)), 'kurtosis': or_zero(scipy.stats.kurtosis(w)),
        'crossings': or_zero((below[1:] != below[:-1]).mean(axis=0)),
    }


def spectrum(w):
    shape = scipy.signal.get_window('hann', len(w))
    return np.abs(np.fft.rfft((w - w.mean(axis=0)) * shape[:, None], 128, axis=0))[1:] / shape.sum()


filters = {}
for kind, name in (('low', 'low-pass'), ('high', 'high-pass')):
    for order in (1, 2, 3, 4, 5, 8):
        sos = scipy.signal.butter(order, 12.5, kind, fs=100, output='sos')
        filters[f'{name} {order}'] = digits(scipy.signal.sosfilt(sos, noise(60, 5)))

resampled = {}
for source, target in ((48000, 16000), (44100, 16000), (8000, 16000), (22050, 16000), (16000, 11025)):
    y = scipy.signal.resample_poly(sound(source // 50, source), target, source)
    resampled[f'{source} {target}'] = digits(y)

print(json.dumps({
    'made with': {'tensorflow': tf.__version__, 'librosa': librosa.__version__,
                  'numpy': np.__version__, 'scipy': scipy.__version__},
    'fft': {str(n): digits(np.stack([f.real, f.imag], -1)) for n in (2, 4, 8, 64)
            for f in [np.fft.rfft(noise(n, 3))]},
    'windows': {name: digits(scipy.signal.get_window(scipy_name, 7)) for name, scipy_name in
                (('hann', 'hann'), ('hamming', 'hamming'), ('blackman', 'blackman'), ('rectangular', 'boxcar'))},
    'tensorflow log-mel': {str(t): digits(log_mel[t]) for t in (0, 20, 48)},
    'tensorflow mfcc': digits(mfcc),
    'librosa log-mel': {str(t): digits(slaney[t]) for t in (0, 20, 60)},
    'librosa mfcc': {str(t): digits(cepstrum[t]) for t in (0, 20, 60)},
    'librosa frames': len(slaney),
    'features': {name: digits(v) for name, v in features(window).items()},
    'spectrum': digits(spectrum(window)[[0, 5, 63]]),
    'filters': filters,
    'resampled': resampled,
}, indent=0))
