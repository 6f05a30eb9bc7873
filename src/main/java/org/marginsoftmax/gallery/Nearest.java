package org.marginsoftmax.gallery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.util.Bits;

/** Stores embeddings as Lucene documents and searches them. */
final class Nearest {
  /**
   * How many the graph is asked for at least; the nearest of them are taken. docs/gallery.md has
   * the recall.
   */
  static final int CANDIDATES = 100;

  private static final String EMBEDDING = "embedding";
  private static final String NAME = "name";
  private static final String ID = "id";
  private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.DOT_PRODUCT;

  /** The nearest first; of equally near ones the one that was added first. */
  private static final Comparator<Found> NEAREST_FIRST =
      Comparator.comparingDouble((Found f) -> -f.score).thenComparingLong(Found::id);

  private Nearest() {}

  /**
   * A document.
   *
   * @param score Lucene's: (1 + cosine) / 2
   */
  private record Found(float score, long id, int document) {}

  static Document document(long id, NamedEmbedding embedding) {
    Document document = new Document();
    document.add(new NumericDocValuesField(ID, id));
    document.add(new StringField(NAME, embedding.name(), Field.Store.NO));
    document.add(new BinaryDocValuesField(NAME, name(embedding.name()).bytes()));
    document.add(new KnnFloatVectorField(EMBEDDING, embedding.vector(), SIMILARITY));
    return document;
  }

  static Term name(String name) {
    return new Term(NAME, name);
  }

  /** Compares with every embedding. */
  static List<Match> exact(IndexSearcher searcher, float[] probe, int top) throws IOException {
    PriorityQueue<Found> nearest = new PriorityQueue<>(NEAREST_FIRST.reversed());
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      collect(leaf, leaf.reader().getFloatVectorValues(EMBEDDING), probe, top, nearest);
    }
    return matches(searcher, new ArrayList<>(nearest), top);
  }

  /** Follows the graph. */
  static List<Match> byIndex(IndexSearcher searcher, float[] probe, int top) throws IOException {
    int candidates =
        (int) Math.min(searcher.getIndexReader().numDocs(), Math.max(CANDIDATES, 2L * top));
    List<Found> found = new ArrayList<>();
    for (ScoreDoc hit :
        searcher.search(new KnnFloatVectorQuery(EMBEDDING, probe, candidates), candidates)
            .scoreDocs) {
      LeafReaderContext leaf = leaf(searcher, hit.doc);
      NumericDocValues ids = leaf.reader().getNumericDocValues(ID);
      ids.advanceExact(hit.doc - leaf.docBase);
      found.add(new Found(hit.score, ids.longValue(), hit.doc));
    }
    return matches(searcher, found, top);
  }

  /** The nearest embedding of a name; empty where there is no such name. */
  static Optional<Match> ofName(IndexSearcher searcher, String name, float[] probe)
      throws IOException {
    PriorityQueue<Found> nearest = new PriorityQueue<>(NEAREST_FIRST.reversed());
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      PostingsEnum documents = leaf.reader().postings(name(name), PostingsEnum.NONE);
      if (documents != null) {
        collect(leaf, documents, probe, 1, nearest);
      }
    }
    return matches(searcher, new ArrayList<>(nearest), 1).stream().findFirst();
  }

  /** Every name with the ids of its embeddings. */
  static SortedMap<String, List<Long>> names(IndexSearcher searcher) throws IOException {
    SortedMap<String, List<Long>> all = new TreeMap<>();
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      Bits alive = leaf.reader().getLiveDocs();
      BinaryDocValues names = leaf.reader().getBinaryDocValues(NAME);
      NumericDocValues ids = leaf.reader().getNumericDocValues(ID);
      while (names.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
        ids.nextDoc();
        if (alive == null || alive.get(names.docID())) {
          all.computeIfAbsent(names.binaryValue().utf8ToString(), n -> new ArrayList<>())
              .add(ids.longValue());
        }
      }
    }
    all.values().forEach(ids -> ids.sort(null));
    return all;
  }

  /** Keeps the nearest of some documents of a leaf. */
  private static void collect(
      LeafReaderContext leaf,
      DocIdSetIterator documents,
      float[] probe,
      int top,
      PriorityQueue<Found> nearest)
      throws IOException {
    Bits alive = leaf.reader().getLiveDocs();
    FloatVectorValues vectors = leaf.reader().getFloatVectorValues(EMBEDDING);
    NumericDocValues ids = leaf.reader().getNumericDocValues(ID);
    for (int doc = documents.nextDoc();
        doc != DocIdSetIterator.NO_MORE_DOCS;
        doc = documents.nextDoc()) {
      if (alive != null && !alive.get(doc)) {
        continue;
      }
      vectors.advance(doc);
      float score = SIMILARITY.compare(probe, vectors.vectorValue());
      if (nearest.size() < top || score >= nearest.peek().score) {
        ids.advanceExact(doc);
        nearest.add(new Found(score, ids.longValue(), leaf.docBase + doc));
        if (nearest.size() > top) {
          nearest.remove();
        }
      }
    }
  }

  private static List<Match> matches(IndexSearcher searcher, List<Found> found, int top)
      throws IOException {
    found.sort(NEAREST_FIRST);
    List<Match> matches = new ArrayList<>();
    for (Found one : found.subList(0, Math.min(top, found.size()))) {
      LeafReaderContext leaf = leaf(searcher, one.document);
      BinaryDocValues names = leaf.reader().getBinaryDocValues(NAME);
      names.advanceExact(one.document - leaf.docBase);
      matches.add(new Match(one.id, names.binaryValue().utf8ToString(), 2 * one.score - 1));
    }
    return matches;
  }

  private static LeafReaderContext leaf(IndexSearcher searcher, int document) {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    return leaves.get(ReaderUtil.subIndex(document, leaves));
  }
}
