package org.marginsoftmax.gallery;

import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * Lucene's HNSW graph (Malkov and Yashunin 2016) with the parameters below, for vectors longer than
 * the 1,024 elements that Lucene allows by default. On disk it is Lucene's own format, under its
 * own name.
 */
final class HnswFormat extends KnnVectorsFormat {
  /** Neighbours of a node; twice as many on the lowest level. Lucene's default. */
  static final int MAX_CONNECTIONS = 16;

  /** Candidates looked at while a node finds its neighbours. Lucene's default. */
  static final int BEAM_WIDTH = 100;

  private final KnnVectorsFormat lucene =
      new Lucene99HnswVectorsFormat(MAX_CONNECTIONS, BEAM_WIDTH);

  HnswFormat() {
    super("Lucene99HnswVectorsFormat");
  }

  /** What an index with this format is written with. */
  static Lucene912Codec codec() {
    HnswFormat format = new HnswFormat();
    return new Lucene912Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return format;
      }
    };
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    return lucene.fieldsWriter(state);
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return lucene.fieldsReader(state);
  }

  @Override
  public int getMaxDimensions(String field) {
    return NamedEmbedding.LARGEST_DIMENSION;
  }
}
