package org.marginsoftmax.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageFile;

/**
 * What became of an image.
 *
 * @param <T> what stands for it
 * @param vector [D], of norm 1; null if it could not be read
 * @param failure why it could not be read; null if it was
 */
record Embedded<T>(T item, float[] vector, String failure) {
  /** Encoded images that a batch may hold while it gathers, as a share of the heap. */
  private static final long HELD = Runtime.getRuntime().maxMemory() / 16;

  /** Where the content of an image is read from; null for none. */
  interface Content<T> {
    byte[] of(T item) throws IOException;
  }

  /**
   * Embeds images in batches, in order, as they are asked for. Those that cannot be decoded are
   * passed on with the reason.
   *
   * @param skipMissing whether a file that is not there is a reason, too; otherwise an exception
   */
  static <T> Iterator<Embedded<T>> all(
      Iterator<T> items, Content<T> content, ExecutorModel model, boolean skipMissing) {
    Deque<Embedded<T>> ready = new ArrayDeque<>();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return !ready.isEmpty() || items.hasNext();
      }

      @Override
      public Embedded<T> next() {
        if (ready.isEmpty()) {
          fill();
        }
        return ready.remove();
      }

      private void fill() {
        List<Embedded<T>> batch = new ArrayList<>();
        List<byte[]> pixels = new ArrayList<>();
        long held = 0;
        while (items.hasNext() && pixels.size() < model.batch() && held < HELD) {
          T item = items.next();
          String failure = null;
          try {
            byte[] bytes = read(item, content, skipMissing);
            held += bytes.length;
            pixels.add(decoded(bytes, model));
          } catch (Place.Unreadable e) {
            failure = e.getMessage();
          }
          batch.add(new Embedded<>(item, null, failure));
        }
        float[][] rows = model.embedder().embedAll(pixels);
        int row = 0;
        for (Embedded<T> each : batch) {
          ready.add(each.failure == null ? new Embedded<>(each.item, rows[row++], null) : each);
        }
      }
    };
  }

  private static <T> byte[] read(T item, Content<T> content, boolean skipMissing)
      throws Place.Unreadable {
    try {
      return content.of(item);
    } catch (Place.Unreadable e) {
      throw e;
    } catch (NoSuchFileException | FileNotFoundException e) {
      if (skipMissing) {
        throw new Place.Unreadable("no such file");
      }
      throw new InvalidInputException(
          "images: expected every file on every machine, found no %s on %s; let all machines see it at that path, or pass over files that are not there with `skip-missing`"
              .formatted(
                  e instanceof NoSuchFileException named ? named.getFile() : e.getMessage(),
                  machine()),
          e);
    } catch (IOException e) {
      // The disk or the network is at fault, not the image: Spark tries again.
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] decoded(byte[] bytes, ExecutorModel model) throws Place.Unreadable {
    try {
      return ImageFile.read(bytes, model.form());
    } catch (IOException e) {
      throw new Place.Unreadable(ImageFile.said(e));
    }
  }

  private static String machine() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "one of them";
    }
  }
}
