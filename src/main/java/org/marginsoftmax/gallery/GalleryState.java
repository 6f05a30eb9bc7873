package org.marginsoftmax.gallery;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;

/**
 * What a gallery keeps in addition to its embeddings; part of each Lucene commit.
 *
 * @param dimension number of elements of an embedding; 0 before the first is added
 * @param nextId id of the next embedding
 */
record GalleryState(int dimension, long nextId) {
  static final GalleryState EMPTY = new GalleryState(0, 0);

  private static final String FORMAT = "margin-softmax-gallery";
  private static final String VERSION = "1";
  private static final String DIMENSION = "dimension";
  private static final String NEXT_ID = "next-id";

  /** The state that the commit holds which is read. */
  static GalleryState of(DirectoryReader reader) throws IOException {
    Map<String, String> data = reader.getIndexCommit().getUserData();
    if (!VERSION.equals(data.get(FORMAT))) {
      throw new CorruptIndexException(
          "an index of another program, or of a later version", "commit data " + data);
    }
    return new GalleryState(
        Integer.parseInt(data.get(DIMENSION)), Long.parseLong(data.get(NEXT_ID)));
  }

  Set<Map.Entry<String, String>> commitData() {
    return Map.of(
            FORMAT, VERSION, DIMENSION, String.valueOf(dimension), NEXT_ID, String.valueOf(nextId))
        .entrySet();
  }
}
