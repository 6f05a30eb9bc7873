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
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Pieces;
import org.marginsoftmax.export.ModelCard;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.image.ImageSize;

/**
 * Computes embeddings in a service. Any number of threads may call it; their calls are gathered
 * into batches. Each image is checked in its caller's thread, so a bad one fails alone.
 *
 * <p>Embeddings are float32 [D] of norm 1: the dot product of two is their cosine, to be compared
 * with the thresholds of {@link ModelCard#calibration()}.
 *
 * <p>Whoever opens it must close it. Calls that are still waiting then, and later calls, throw
 * {@link IllegalStateException}.
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
   * Opens a folder written by {@code export}. A model is a program: open only models from a source
   * you trust.
   *
   * @throws InvalidInputException if the folder is not such a model
   */
  public static Embedder open(Path folder, EmbedderConfig config) {
    return open(ServedModel.read(folder), config);
  }

  /** The model's card, with its image shape, classes and thresholds. */
  public ModelCard card() {
    return model.card();
  }

  /**
   * Runs the largest batch and a single sample once each, because TensorFlow does much of its setup
   * on the first run of each size.
   */
  public Embedder warmUp() {
    byte[] zeros = new byte[element.bytes()];
    batches(Collections.nCopies(config.maximumBatch(), zeros));
    batches(List.of(zeros));
    return this;
  }

  /**
   * Embeds an image given as pixels.
   *
   * @param pixels uint8, height x width x channels of the model's image
   * @return float32 [D] of norm 1
   * @throws InvalidInputException if the number of values is wrong, or the model takes arrays
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
   * Embeds an array, or an image whose pixels are floats.
   *
   * @param values for a model of arrays, one array in C order, all finite; for a model of images,
   *     pixels 0..255, height x width x channels, which are rounded
   * @return float32 [D] of norm 1
   * @throws InvalidInputException if the number of values is wrong, or one is NaN or out of range
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
   * Embeds an image, resized if {@link EmbedderConfig#resize} is set.
   *
   * @return float32 [D] of norm 1
   * @throws InvalidInputException if resizing is off and the size is wrong, or the model takes
   *     arrays
   */
  public float[] embed(BufferedImage picture) {
    return embed(pixels(picture));
  }

  /**
   * Embeds a PNG, JPEG, GIF, BMP, TIFF or WebP file, resized if {@link EmbedderConfig#resize} is
   * set.
   *
   * @return float32 [D] of norm 1
   * @throws InvalidInputException if the file is of another kind, damaged, of the wrong size with
   *     resizing off, or has implausibly many pixels for its length
   */
  public float[] embed(Path file) {
    return embed(pixels(file));
  }

  /**
   * Embeds the content of a PNG, JPEG, GIF, BMP, TIFF or WebP file, resized if {@link
   * EmbedderConfig#resize} is set.
   *
   * @return float32 [D] of norm 1
   * @throws InvalidInputException if the content is of another kind, damaged, of the wrong size
   *     with resizing off, or has implausibly many pixels for its length
   */
  public float[] embedEncoded(byte[] content) {
    try {
      if (!config.resize()) {
        requireSize(ImageFile.size(content), "content");
      }
      return embed(ImageFile.read(content, form()));
    } catch (IOException e) {
      throw unreadable("content of %d bytes".formatted(content.length), e, "check the file");
    }
  }

  /**
   * Embeds many images in batches of the largest size, two batches at a time, without waiting for
   * other calls.
   *
   * @param images pixels, each as {@link #embed(byte[])} takes them
   * @return one row for each image, [n][D]
   * @throws InvalidInputException if an image has the wrong number of values, or the model takes
   *     arrays
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
   * The most likely classes of an image, best first, as many as the model was exported to rank.
   *
   * @param pixels as {@link #embed(byte[])} takes them
   */
  public List<RankedClass> classify(byte[] pixels) {
    checked(pixels);
    return used(() -> session.classify(List.of(pixels)).get(0));
  }

  /**
   * The most likely classes of an array, or of an image whose pixels are floats, best first, as
   * many as the model was exported to rank.
   *
   * @param values as {@link #embed(float[])} takes them
   */
  public List<RankedClass> classify(float[] values) {
    if (!(element instanceof ArrayShape array)) {
      return classify(rounded(values));
    }
    byte[] bytes = bytes(array, values);
    return used(() -> session.classify(List.of(bytes)).get(0));
  }

  /**
   * The most likely classes of the image in a file, best first, as many as the model was exported
   * to rank. The file is read as by {@link #embed(Path)}.
   */
  public List<RankedClass> classify(Path file) {
    return classify(pixels(file));
  }

  private byte[] pixels(BufferedImage picture) {
    if (!config.resize()) {
      requireSize(new ImageSize(picture.getHeight(), picture.getWidth()), "picture");
    }
    return ImageFile.resized(picture, form());
  }

  private byte[] pixels(Path file) {
    try {
      if (!config.resize()) {
        requireSize(ImageFile.size(file), file.toString());
      }
      return ImageFile.read(file, form());
    } catch (IOException e) {
      boolean convert = Files.isRegularFile(file) && ImageListing.isOtherFormat(file);
      throw unreadable(
          file.toString(), e, convert ? "convert it to PNG or JPEG" : "check the file");
    }
  }

  private void requireSize(ImageSize size, String what) {
    ImageShape image = image();
    if (size.height() != image.height() || size.width() != image.width()) {
      throw new InvalidInputException(
          "image %s: expected %d x %d pixels, found %d x %d; resize it, or let the embedder resize"
              .formatted(what, image.width(), image.height(), size.width(), size.height()));
    }
  }

  private static InvalidInputException unreadable(String what, IOException e, String remedy) {
    return new InvalidInputException(
        "image %s: expected a %s, found it unreadable, %s; %s"
            .formatted(what, ImageFile.KINDS, ImageFile.said(e), remedy),
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

  private ImageForm form() {
    image();
    return model.card().form();
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
