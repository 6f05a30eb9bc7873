package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.marginsoftmax.data.ElementStore;
import org.marginsoftmax.data.ImageShape;

/** Images in a file of pixels that is mapped into memory, outside of Java's heap. */
final class CachedImages implements ElementStore {
  /** Bytes of a piece that is mapped as one; the system allows less than 2 GB. */
  private static final int PIECE = 1 << 30;

  private final ImageShape shape;
  private final List<MappedByteBuffer> pieces;
  private final int perPiece;
  private final int[] slots;
  private final Supplier<String> hash;

  private CachedImages(
      ImageShape shape,
      List<MappedByteBuffer> pieces,
      int perPiece,
      int[] slots,
      Supplier<String> hash) {
    this.shape = shape;
    this.pieces = pieces;
    this.perPiece = perPiece;
    this.slots = slots;
    this.hash = hash;
  }

  /**
   * Maps a file of pixels.
   *
   * @param all number of images that the file has
   * @param slots those wanted, in order
   * @return nothing if the file is too short
   */
  static Optional<CachedImages> map(Path file, ImageShape shape, int all, int[] slots)
      throws IOException {
    int perPiece = Math.max(1, PIECE / shape.size());
    List<MappedByteBuffer> pieces = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() < (long) all * shape.size()) {
        return Optional.empty();
      }
      for (int from = 0; from < all; from += perPiece) {
        pieces.add(
            channel.map(
                FileChannel.MapMode.READ_ONLY,
                (long) from * shape.size(),
                (long) Math.min(perPiece, all - from) * shape.size()));
      }
    }
    return Optional.of(new CachedImages(shape, pieces, perPiece, slots, null));
  }

  /** The same images, whose hash something else knows or remembers. */
  CachedImages hashedBy(Supplier<String> hash) {
    return new CachedImages(shape, pieces, perPiece, slots, hash);
  }

  @Override
  public int count() {
    return slots.length;
  }

  @Override
  public ImageShape element() {
    return shape;
  }

  @Override
  public void copy(int index, byte[] target, int offset) {
    int slot = slots[index];
    pieces.get(slot / perPiece).get(slot % perPiece * shape.size(), target, offset, shape.size());
  }

  @Override
  public long memory() {
    return 0;
  }

  @Override
  public void update(MessageDigest digest) {
    byte[] pixels = new byte[shape.size()];
    for (int i = 0; i < slots.length; i++) {
      copy(i, pixels, 0);
      digest.update(pixels);
    }
  }

  @Override
  public String sha256() {
    return hash == null ? ElementStore.super.sha256() : hash.get();
  }
}
