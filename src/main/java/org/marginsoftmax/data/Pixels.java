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
 * of whole images, since one Java array ends at 2 GB.
 */
public final class Pixels implements ElementStore {
  /** Bytes of one chunk, unless a single image is larger. */
  static final int CHUNK = 1 << 24;

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
   * @param shape of every image
   * @param pixels a whole number of images, not copied: leave it unchanged afterwards
   * @throws InvalidInputException if the length is no multiple of the image's size
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
   * Images that lie each in an array of its own.
   *
   * @param shape of every image
   * @param images as long as the shape says, not copied
   */
  static Pixels each(ImageShape shape, List<byte[]> images) {
    return new Pixels(shape, images.size(), 1, images);
  }

  /**
   * Reads images until their number is reached or the stream ends. Memory grows with what is read,
   * not with the number asked for.
   *
   * @return the whole images read: fewer than asked for where the stream ends early
   */
  static Pixels read(InputStream in, ImageShape shape, int count, int chunk) throws IOException {
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

  /** Shape of every image. */
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
