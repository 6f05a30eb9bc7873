package org.marginsoftmax.serving;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageFile;
import org.marginsoftmax.data.ImageListing;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Pieces;
import org.marginsoftmax.export.ModelCard;
import org.marginsoftmax.export.ServedModel;

/**
 * Embeds images in a service: for any number of threads, whose calls it gathers into batches.
 * Images are looked at in the thread of their caller, so that a bad one fails alone.
 *
 * <p>Embeddings are float32 [D] of norm 1: the dot product of two is their cosine, to hold against
 * the thresholds of {@link ModelCard#calibration()}.
 *
 * <p>Whoever opens it closes it. Calls that still wait then, and later ones, end with {@link
 * IllegalStateException}.
 */
public final class Embedder implements AutoCloseable {
  private final ServedModel model;
  private final EmbedderConfig config;
  private final ElementSpec element;
  private final ServedSession session;
  private final Batcher batcher;
  private final LongConsumer latency = Latency.recorder();

  /** Held to read while a session is used outside of the batcher. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private boolean closed;

  private Embedder(ServedModel model, EmbedderConfig config) {
    this.model = model;
    this.config = config;
    this.element = model.card().element();
    this.session = new ServedSession(model, config.threads());
    this.batcher = new Batcher(session::embed, config.maximumBatch(), config.maximumDelay());
  }

  /** Opens a model in memory. */
  public static Embedder open(ServedModel model, EmbedderConfig config) {
    return new Embedder(model, config);
  }

  /**
   * Opens a folder that {@code export} wrote. A model is a program: open your own.
   *
   * @throws InvalidInputException if it is no such folder
   */
  public static Embedder open(Path folder, EmbedderConfig config) {
    return open(ServedModel.read(folder), config);
  }

  /** What the model is: its image shape, classes, thresholds. */
  public ModelCard card() {
    return model.card();
  }

  /**
   * Runs the largest batch and a single image once, for TensorFlow does much of its work at the
   * first of each.
   */
  public Embedder warmUp() {
    byte[] zeros = new byte[element.bytes()];
    batches(Collections.nCopies(config.maximumBatch(), zeros));
    batches(List.of(zeros));
    return this;
  }

  /**
   * Embeds pixels.
   *
   * @param pixels uint8, height x width x channels of the model's image
   * @throws InvalidInputException if they are not as many
   */
  public float[] embed(byte[] pixels) {
    return submitted(checked(pixels));
  }

  private float[] submitted(byte[] bytes) {
    long started = System.nanoTime();
    float[] row = waited(batcher.submit(bytes));
    latency.accept(System.nanoTime() - started);
    return row;
  }

  /**
   * Embeds an array, or pixels that are floats.
   *
   * @param values of a model of arrays as many as its array has, in C order, finite; of a model of
   *     images pixels 0..255, rounded, height x width x channels
   * @throws InvalidInputException if they are not as many, or one is NaN or out of range
   */
  public float[] embed(float[] values) {
    return element instanceof ArrayShape array
        ? submitted(bytes(array, values))
        : embed(rounded(values));
  }

  private static byte[] bytes(ArrayShape array, float[] values) {
    boolean finite = true;
    for (float value : values) {
      finite &= Float.isFinite(value);
    }
    if (values.length != array.size() || !finite) {
      throw new InvalidInputException(
          "array: expected %d finite numbers (%s), found %s; give one sample as the model was trained on"
              .formatted(array.size(), array, finite ? values.length + "" : "NaN or an infinity"));
    }
    byte[] bytes = new byte[array.bytes()];
    ArrayShape.floats(bytes).put(values);
    return bytes;
  }

  private static byte[] rounded(float[] pixels) {
    byte[] rounded = new byte[pixels.length];
    for (int i = 0; i < rounded.length; i++) {
      if (!(pixels[i] >= 0 && pixels[i] <= 255)) {
        throw new InvalidInputException(
            "image: expected pixels in 0..255, found %s at %d; scale them back, the model scales them itself"
                .formatted(pixels[i], i));
      }
      rounded[i] = (byte) Math.round(pixels[i]);
    }
    return rounded;
  }

  /**
   * Embeds an image, resized as {@link EmbedderConfig#resize} says.
   *
   * @throws InvalidInputException if it may not be resized and has another size
   */
  public float[] embed(BufferedImage picture) {
    return embed(pixels(picture));
  }

  /**
   * Embeds an image file, PNG, JPEG or BMP, resized as {@link EmbedderConfig#resize} says.
   *
   * @throws InvalidInputException if it is no such file, damaged, or has far more pixels than a
   *     file of its length should
   */
  public float[] embed(Path file) {
    return embed(pixels(file));
  }

  /**
   * Embeds the content of an image file, PNG, JPEG or BMP, resized as {@link EmbedderConfig#resize}
   * says.
   *
   * @throws InvalidInputException if it is no such content, damaged, or has far more pixels than a
   *     file of its length should
   */
  public float[] embedEncoded(byte[] content) {
    try {
      if (!config.resize()) {
        requireSize(ImageFile.size(content), "content");
      }
      return embed(ImageFile.read(content, image()));
    } catch (IOException e) {
      throw unreadable("content of %d bytes".formatted(content.length), e, "check the file");
    }
  }

  /**
   * Embeds many images at once, in batches of the largest size, two batches at a time, without
   * waiting for other calls.
   *
   * @param images pixels as {@link #embed(byte[])} takes them
   * @return a row for each, [n][D]
   */
  public float[][] embedAll(List<byte[]> images) {
    images.forEach(this::checked);
    return batches(images);
  }

  private float[][] batches(List<byte[]> elements) {
    return used(
        () -> {
          float[][] rows = new float[elements.size()][];
          Pieces.each(
              rows.length,
              config.maximumBatch(),
              (from, to) ->
                  System.arraycopy(
                      session.embed(elements.subList(from, to)), 0, rows, from, to - from));
          return rows;
        });
  }

  /**
   * The classes that an image is most likely of, best first, as many as the model was exported to
   * rank.
   *
   * @param pixels as {@link #embed(byte[])} takes them
   */
  public List<RankedClass> classify(byte[] pixels) {
    checked(pixels);
    return used(() -> session.classify(List.of(pixels)).get(0));
  }

  /**
   * The classes that the image in a file is most likely of, best first; the file is read as {@link
   * #embed(Path)} reads it.
   */
  public List<RankedClass> classify(Path file) {
    return classify(pixels(file));
  }

  private byte[] pixels(BufferedImage picture) {
    if (!config.resize()) {
      requireSize(new ImageFile.Size(picture.getWidth(), picture.getHeight()), "picture");
    }
    return ImageFile.resized(picture, image());
  }

  private byte[] pixels(Path file) {
    try {
      if (!config.resize()) {
        requireSize(ImageFile.size(file), file.toString());
      }
      return ImageFile.read(file, image());
    } catch (IOException e) {
      boolean convert = Files.isRegularFile(file) && ImageListing.isOtherFormat(file);
      throw unreadable(
          file.toString(), e, convert ? "convert it to PNG or JPEG" : "check the file");
    }
  }

  private void requireSize(ImageFile.Size size, String what) {
    ImageShape image = image();
    if (size.height() != image.height() || size.width() != image.width()) {
      throw new InvalidInputException(
          "image %s: expected %d x %d pixels, found %d x %d; resize it, or let the embedder resize"
              .formatted(what, image.width(), image.height(), size.width(), size.height()));
    }
  }

  private static InvalidInputException unreadable(String what, IOException e, String remedy) {
    return new InvalidInputException(
        "image %s: expected a PNG, JPEG or BMP, found it unreadable, %s; %s"
            .formatted(what, ImageFile.said(e), remedy),
        e);
  }

  /** Shape of the images, of a model that takes images. */
  private ImageShape image() {
    if (element instanceof ImageShape image) {
      return image;
    }
    throw new InvalidInputException(
        "model: expected one of images, found one of arrays, %s; give it arrays, as embed `input` does"
            .formatted(element));
  }

  private byte[] checked(byte[] pixels) {
    ImageShape image = image();
    if (pixels.length != image.size()) {
      throw new InvalidInputException(
          "image: expected %d values (%s), found %d; resize it, or give a file"
              .formatted(image.size(), image, pixels.length));
    }
    return pixels;
  }

  private interface Use<T> {
    T run();
  }

  private <T> T used(Use<T> work) {
    use.readLock().lock();
    try {
      if (closed) {
        throw Batcher.closed();
      }
      return work.run();
    } finally {
      use.readLock().unlock();
    }
  }

  private static float[] waited(CompletableFuture<float[]> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "embedder: expected to wait for the embedding, found the thread interrupted; call again",
          e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalStateException closing) {
        throw closing;
      }
      throw new CompletionException(e.getCause());
    }
  }

  @Override
  public void close() {
    batcher.close();
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        session.close();
      }
    } finally {
      use.writeLock().unlock();
    }
  }
}
