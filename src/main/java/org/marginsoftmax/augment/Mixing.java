package org.marginsoftmax.augment;

import java.util.List;
import java.util.SplittableRandom;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Mixer;

/**
 * MixUp (Zhang 2018, arXiv:1710.09412) and CutMix (Yun 2019, arXiv:1905.04899). A batch is mixed by
 * the first step of the list that is drawn; each sample has its partner by a random permutation,
 * and the share is the same for the whole batch.
 *
 * @param steps to choose from
 * @param element what the samples are
 */
record Mixing(List<StepList.Item<MixStep>> steps, ElementSpec element) implements Mixer {
  @Override
  public Batch mix(Batch batch, long draw) {
    SplittableRandom random = new SplittableRandom(draw);
    for (StepList.Item<MixStep> step : steps) {
      SplittableRandom own = random.split();
      if (own.nextDouble() < step.probability()) {
        int[] partners = permutation(batch.size(), own);
        double share = MixStep.share(step.strength(), own);
        return step.type() == MixStep.MIXUP
            ? added(batch, partners, share)
            : cut(batch, partners, share, (ImageShape) element, own);
      }
    }
    return batch;
  }

  private static int[] permutation(int n, SplittableRandom random) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private Batch added(Batch batch, int[] partners, double share) {
    byte[] sums = new byte[batch.elements().length];
    int bytes = element.bytes();
    for (int i = 0; i < batch.size(); i++) {
      if (element instanceof ImageShape) {
        for (int k = 0; k < bytes; k++) {
          int own = batch.elements()[i * bytes + k] & 0xff;
          int other = batch.elements()[partners[i] * bytes + k] & 0xff;
          sums[i * bytes + k] = (byte) Math.round(share * own + (1 - share) * other);
        }
      } else {
        int size = element.size();
        float[] own = floats(batch, i, size);
        float[] other = floats(batch, partners[i], size);
        for (int k = 0; k < size; k++) {
          own[k] = (float) (share * own[k] + (1 - share) * other[k]);
        }
        ArrayShape.floats(sums).put(i * size, own);
      }
    }
    return mixed(batch, sums, partners, share);
  }

  private static float[] floats(Batch batch, int sample, int size) {
    float[] values = new float[size];
    ArrayShape.floats(batch.elements()).get(sample * size, values);
    return values;
  }

  /** The rectangle has the image's proportions, and what lies beyond the border is lost. */
  private static Batch cut(
      Batch batch, int[] partners, double share, ImageShape shape, SplittableRandom random) {
    double side = Math.sqrt(1 - share);
    int height = (int) Math.round(side * shape.height());
    int width = (int) Math.round(side * shape.width());
    int y = random.nextInt(shape.height());
    int x = random.nextInt(shape.width());
    int top = Math.max(0, y - height / 2);
    int left = Math.max(0, x - width / 2);
    int bottom = Math.min(shape.height(), y - height / 2 + height);
    int right = Math.min(shape.width(), x - width / 2 + width);
    byte[] cut = batch.elements().clone();
    for (int i = 0; i < batch.size(); i++) {
      for (int row = top; row < bottom; row++) {
        int from = (row * shape.width() + left) * shape.channels();
        System.arraycopy(
            batch.elements(),
            partners[i] * shape.size() + from,
            cut,
            i * shape.size() + from,
            (right - left) * shape.channels());
      }
    }
    double area = (double) (bottom - top) * (right - left) / (shape.height() * shape.width());
    return mixed(batch, cut, partners, 1 - area);
  }

  private static Batch mixed(Batch batch, byte[] elements, int[] partners, double share) {
    int[] others = new int[batch.size()];
    for (int i = 0; i < others.length; i++) {
      others[i] = batch.labels()[partners[i]];
    }
    return new Batch(batch.size(), elements, batch.labels(), batch.numbers(), others, share);
  }
}
