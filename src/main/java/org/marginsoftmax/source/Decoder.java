package org.marginsoftmax.source;

import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageForm;

/**
 * Decodes the images of a source, whatever its format, in all cores.
 *
 * @param source of the images
 * @param form of their pixels
 */
record Decoder(Source source, ImageForm form) {
  /**
   * Why an image is missing.
   *
   * @param why in words
   * @param lasting whether its content is at fault; a file that could not be read may be the next
   *     time, with other rights or a better network
   */
  record Failure(String why, boolean lasting) {}

  /** Keeps what was decoded. */
  interface Keeping {
    /**
     * Keeps an image; called from several threads.
     *
     * @param index place in the list of items
     */
    void keep(int index, byte[] pixels) throws IOException;
  }

  /**
   * Decodes images.
   *
   * @param items of the source
   * @param pace counts them
   * @return why some could not be read, by index of the item
   * @throws IOException if what was decoded could not be kept
   */
  SortedMap<Integer, Failure> decode(int[] items, Pace pace, Keeping keeping) throws IOException {
    Map<Integer, Failure> failures = Collections.synchronizedMap(new TreeMap<>());
    IOException[] failed = new IOException[1];
    IntStream.range(0, items.length)
        .parallel()
        .forEach(
            i -> {
              if (failed[0] != null) {
                return;
              }
              byte[] content = null;
              byte[] pixels = null;
              try {
                content = source.content(items[i]);
                pixels = ImageFile.read(content, form);
              } catch (IOException e) {
                failures.put(i, new Failure(ImageFile.said(e), content != null));
              }
              try {
                if (pixels != null) {
                  keeping.keep(i, pixels);
                }
              } catch (IOException e) {
                failed[0] = e;
              }
              pace.tick();
            });
    if (failed[0] != null) {
      throw failed[0];
    }
    return new TreeMap<>(failures);
  }

  /** Height, width and channels of the pixels. */
  ImageShape shape() {
    return form.shape();
  }
}
