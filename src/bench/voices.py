"""Sentences spoken by espeak-ng's voice variants, as log-mel frames: OUT/heard.npz to train on, OUT/unseen.npz by speakers
that are not in it. Synthetic: a variant differs from another more evenly than people do.

    voices.py OUT                     makes them
    voices.py OUT LABEL ROWS.NPY      equal error rate of the embeddings of OUT/unseen.npz, over all pairs
"""
import concurrent.futures
import io
import pathlib
import subprocess
import sys
import wave

import numpy as np

HELD_OUT, SPEAKERS, SENTENCES = 20, 100, 40
RATE, WINDOW, HOP, BANDS, FRAMES = 16000, 400, 160, 40, 200
ACCENTS = "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029"
WORDS = ("the a some no every cold warm green quiet early river house letter garden winter teacher morning question window"
         " paper silver mountain opens carries finds remembers leaves near under without before across seven eleven forty"
         " people children music yellow answer village bridge harbour slowly never always almost together").split()


def variants():
    listed = subprocess.run(["espeak-ng", "--voices=variant"], check=True, capture_output=True, text=True).stdout
    names = [line.split()[-1].split("/")[-1] for line in listed.splitlines()[1:]]
    return sorted(set(n for n in names if n not in ("fast", "whisper", "whisperf")))  # Whispers have no pitch.


def speakers():
    """Name, accent, variant and pitch: in an order that mixes them, the same everywhere."""
    random = np.random.default_rng(7)
    names = variants()
    random.shuffle(names)
    chosen = [names[i % len(names)] for i in range(SPEAKERS)]
    return [(f"{v}-{i}", ACCENTS[random.integers(len(ACCENTS))], v, int(random.integers(25, 80))) for i, v in enumerate(chosen)]


def filters():
    """Triangles that are even on the mel scale, 20 Hz to 7.6 kHz, [BANDS, WINDOW of 512]."""
    mel = np.linspace(*(2595 * np.log10(1 + f / 700) for f in (20.0, 7600.0)), BANDS + 2)
    points = 700 * (10 ** (mel / 2595) - 1)
    frequencies = np.arange(257) * RATE / 512
    rising = (frequencies - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    falling = (points[2:, None] - frequencies) / (points[2:] - points[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


FILTERS = filters()


def features(samples, random):
    """[FRAMES, BANDS] from somewhere in the sentence; None if it is too short."""
    count = (len(samples) - WINDOW) // HOP + 1
    if count < FRAMES:
        return None
    first = random.integers(count - FRAMES + 1)
    frames = np.stack([samples[i * HOP:i * HOP + WINDOW] for i in range(first, first + FRAMES)])
    spectra = np.abs(np.fft.rfft(frames * np.hamming(WINDOW), 512)) ** 2
    logs = np.log(spectra @ FILTERS.T + 1e-6)
    return (logs - logs.mean(0)).astype(np.float32)


def spoken(accent, variant, pitch, text, speed):
    answer = subprocess.run(["espeak-ng", "-v", f"{accent}+{variant}", "-p", str(pitch), "-s", str(speed), "--stdout", text],
                            check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(answer)) as file:
        rate, sound = file.getframerate(), np.frombuffer(file.readframes(10 ** 9), np.int16) / 32768
    # Linear interpolation; what lies above 7.6 kHz is not looked at.
    return np.interp(np.arange(0, len(sound) - 1, rate / RATE), np.arange(len(sound)), sound)


def of_speaker(number, speaker):
    random = np.random.default_rng(1000 + number)
    _, accent, variant, pitch = speaker
    rows = []
    while len(rows) < SENTENCES:
        text = " ".join(random.choice(WORDS, 14))
        sound = spoken(accent, variant, int(pitch + random.integers(-4, 5)), text, int(random.integers(140, 190)))
        loud = np.sqrt(np.mean(sound ** 2)) + 1e-9
        noise = random.normal(size=len(sound)) * loud * 10 ** (-random.uniform(10, 30) / 20)
        row = features(sound + noise, random)
        if row is not None:
            rows.append(row)
    return np.stack(rows)


def equal_error_rate(rows, labels):
    """Where as many pairs of one speaker are refused as pairs of two are accepted."""
    first, second = np.triu_indices(len(rows), 1)
    cosines = (rows @ rows.T)[first, second]
    same = (labels[first] == labels[second])[np.argsort(-cosines)]
    accepted = np.cumsum(~same) / (~same).sum()
    refused = 1 - np.cumsum(same) / same.sum()
    at = np.argmin(np.abs(accepted - refused))
    return (accepted[at] + refused[at]) / 2


def main():
    out = pathlib.Path(sys.argv[1])
    if len(sys.argv) > 2:
        rate = equal_error_rate(np.load(sys.argv[3]), np.load(out / "unseen.npz")["test_labels"])
        print(f"{sys.argv[2]}: EER {100 * rate:.2f} %", flush=True)
        return
    out.mkdir(parents=True, exist_ok=True)
    everyone = speakers()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(of_speaker, range(SPEAKERS), everyone))
    for name, chosen in ("heard", range(HELD_OUT, SPEAKERS)), ("unseen", range(HELD_OUT)):
        labels = np.repeat(np.arange(len(chosen), dtype=np.int32), SENTENCES)
        both = {"features": np.concatenate([rows[i] for i in chosen]), "labels": labels}
        if name == "unseen":
            both = {"test_" + key: value for key, value in both.items()}
        (out / f"{name}.classes.txt").write_text("".join(everyone[i][0] + "\n" for i in chosen))
        partial = out / f"{name}.part.npz"
        np.savez(partial, **both)
        partial.rename(out / f"{name}.npz")
        print(name, both[next(iter(both))].shape)


if __name__ == "__main__":
    main()
