package org.marginsoftmax.data;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.marginsoftmax.InvalidInputException;

/**
 * Images of one shape in memory, uint8 in the order height, width, channel. They are kept in chunks
 * of whole images, because a Java array is limited to 2 GB.
 */
public final class Pixels implements ElementStore {
  /** Size of a chunk in bytes, unless a single image is larger. */
  public static final int CHUNK = 1 << 24;

  private final ImageShape shape;
  private final int count;
  private final int imagesPerChunk;
  private final List<byte[]> chunks;

  private Pixels(ImageShape shape, int count, int imagesPerChunk, List<byte[]> chunks) {
    this.shape = shape;
    this.count = count;
    this.imagesPerChunk = imagesPerChunk;
    this.chunks = List.copyOf(chunks);
  }

  /**
   * Images that lie back to back in one array.
   *
   * @param shape shape of every image
   * @param pixels a whole number of images; not copied, so do not change it afterwards
   * @throws InvalidInputException if the length is not a multiple of the image size
   */
  public static Pixels of(ImageShape shape, byte[] pixels) {
    if (pixels.length % shape.size() != 0) {
      throw new InvalidInputException(
          "expected a multiple of "
              + shape.size()
              + " bytes ("
              + shape
              + "), found "
              + pixels.length);
    }
    int count = pixels.length / shape.size();
    return new Pixels(shape, count, Math.max(1, count), List.of(pixels));
  }

  /**
   * Images that each have their own array.
   *
   * @param shape shape of every image
   * @param images arrays of the length that the shape requires; not copied
   */
  public static Pixels each(ImageShape shape, List<byte[]> images) {
    return new Pixels(shape, images.size(), 1, images);
  }

  /**
   * Reads up to {@code count} images, until the stream ends. Memory grows with what is read, not
   * with {@code count}.
   *
   * @return the whole images read: fewer than {@code count} if the stream ends early
   */
  public static Pixels read(InputStream in, ImageShape shape, int count, int chunk)
      throws IOException {
    int imagesPerChunk = Math.max(1, chunk / shape.size());
    List<byte[]> chunks = new ArrayList<>();
    int read = 0;
    while (read < count) {
      int wanted = Math.min(imagesPerChunk, count - read);
      byte[] bytes = in.readNBytes(wanted * shape.size());
      chunks.add(bytes);
      read += bytes.length / shape.size();
      if (bytes.length < wanted * shape.size()) {
        break;
      }
    }
    return new Pixels(shape, read, imagesPerChunk, chunks);
  }

  @Override
  public int count() {
    return count;
  }

  /** The shape of every image. */
  @Override
  public ImageShape element() {
    return shape;
  }

  @Override
  public void copy(int index, byte[] target, int offset) {
    Objects.checkIndex(index, count);
    int start = index % imagesPerChunk * shape.size();
    System.arraycopy(chunks.get(index / imagesPerChunk), start, target, offset, shape.size());
  }

  @Override
  public void update(MessageDigest digest) {
    chunks.forEach(digest::update);
  }
}
