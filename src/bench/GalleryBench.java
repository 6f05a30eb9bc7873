import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.FSDirectory;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.gallery.Match;
import org.marginsoftmax.gallery.NamedEmbedding;
import org.marginsoftmax.npy.NpyFile;

/**
 * What a gallery's index finds and costs, against comparing with every embedding, in turns within
 * one process. Arguments: EMBEDDINGS sizes|tuning SIZE...; EMBEDDINGS holds originals.npy,
 * copies.npy and probes.npy.
 */
final class GalleryBench {
  private static final int TOP = 10;

  public static void main(String[] args) throws IOException {
    Path from = Path.of(args[0]);
    List<NamedEmbedding> all = new ArrayList<>();
    for (String part : List.of("originals", "copies")) {
      float[][] rows = NpyFile.readFloats(from.resolve(part + ".npy")).rows();
      for (int i = 0; i < rows.length; i++) {
        all.add(new NamedEmbedding(part + " " + i, rows[i]));
      }
    }
    Collections.shuffle(all, new Random(1));
    float[][] probes = NpyFile.readFloats(from.resolve("probes.npy")).rows();
    for (int size : Arrays.stream(args).skip(2).mapToInt(Integer::parseInt).toArray()) {
      if (args[1].equals("sizes")) {
        size(from.resolve("bench"), all.subList(0, size), probes);
      } else {
        tuning(from.resolve("bench"), all.subList(0, size), Arrays.copyOf(probes, 500));
      }
    }
  }

  /** A gallery of one size, filled in one go. */
  private static void size(Path folder, List<NamedEmbedding> embeddings, float[][] probes)
      throws IOException {
    delete(folder);
    long started = System.nanoTime();
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      gallery.add(embeddings, done -> {});
      double building = (System.nanoTime() - started) / 1e9;
      // Half of the probes warm up.
      int half = probes.length / 2;
      for (int i = 0; i < half; i++) {
        gallery.search(probes[i], TOP, Gallery.Method.INDEX);
        gallery.search(probes[i], TOP, Gallery.Method.EXACT);
      }
      double[] index = new double[half];
      double[] exact = new double[half];
      int first = 0;
      int ten = 0;
      for (int i = 0; i < half; i++) {
        long start = System.nanoTime();
        List<Match> found = gallery.search(probes[half + i], TOP, Gallery.Method.INDEX);
        long between = System.nanoTime();
        List<Match> true10 = gallery.search(probes[half + i], TOP, Gallery.Method.EXACT);
        index[i] = (between - start) / 1e6;
        exact[i] = (System.nanoTime() - between) / 1e6;
        first += found.get(0).equals(true10.get(0)) ? 1 : 0;
        Set<Match> both = new HashSet<>(found);
        both.retainAll(true10);
        ten += both.size();
      }
      long onDisk = bytes(folder);
      double[] adds = new double[50];
      for (int i = 0; i < adds.length; i++) {
        long start = System.nanoTime();
        gallery.add("probe", probes[i]);
        adds[i] = (System.nanoTime() - start) / 1e6;
      }
      System.out.printf(
          Locale.ROOT,
          "| %d | %.4f | %.4f | %.3f | %.3f | %.3f | %.1f | %.1f | %.1f |%n",
          embeddings.size(),
          first / (double) half,
          ten / (double) half / TOP,
          median(index),
          median(exact),
          median(index) / median(exact),
          building,
          onDisk / 1e6,
          median(adds));
    }
    delete(folder);
  }

  /** Lucene alone, with other figures than the gallery's. */
  private static void tuning(Path folder, List<NamedEmbedding> embeddings, float[][] probes)
      throws IOException {
    int[][] truth = new int[probes.length][];
    for (int p = 0; p < probes.length; p++) {
      truth[p] = nearest(embeddings, new NamedEmbedding("probe", probes[p]).vector());
    }
    for (int[] graph : new int[][] {{8, 50}, {16, 100}, {32, 200}}) {
      delete(folder);
      long started = System.nanoTime();
      build(folder, embeddings, graph[0], graph[1]);
      double building = (System.nanoTime() - started) / 1e9;
      try (FSDirectory directory = FSDirectory.open(folder);
          DirectoryReader reader = DirectoryReader.open(directory)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        for (int candidates : new int[] {10, 20, 50, 100, 200}) {
          double[] times = new double[probes.length];
          int first = 0;
          int ten = 0;
          for (int p = 0; p < probes.length; p++) {
            long start = System.nanoTime();
            float[] probe = new NamedEmbedding("probe", probes[p]).vector();
            ScoreDoc[] hits =
                searcher.search(new KnnFloatVectorQuery("v", probe, candidates), candidates)
                    .scoreDocs;
            times[p] = (System.nanoTime() - start) / 1e6;
            first += hits[0].doc == truth[p][0] ? 1 : 0;
            for (int i = 0; i < TOP; i++) {
              int doc = hits[i].doc;
              ten += Arrays.stream(truth[p]).anyMatch(t -> t == doc) ? 1 : 0;
            }
          }
          System.out.printf(
              Locale.ROOT,
              "| %d | %d | %d | %.4f | %.4f | %.3f | %.1f |%n",
              graph[0],
              graph[1],
              candidates,
              first / (double) probes.length,
              ten / (double) probes.length / TOP,
              median(times),
              building);
        }
      }
    }
    delete(folder);
  }

  private static void build(Path folder, List<NamedEmbedding> embeddings, int connections, int beam)
      throws IOException {
    KnnVectorsFormat format = new Lucene99HnswVectorsFormat(connections, beam);
    IndexWriterConfig config =
        new IndexWriterConfig(null)
            .setRAMBufferSizeMB(1024)
            .setCodec(
                new Lucene912Codec() {
                  @Override
                  public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                    return format;
                  }
                });
    try (FSDirectory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, config)) {
      for (NamedEmbedding embedding : embeddings) {
        Document document = new Document();
        document.add(
            new KnnFloatVectorField("v", embedding.vector(), VectorSimilarityFunction.DOT_PRODUCT));
        writer.addDocument(document);
      }
      writer.commit();
    }
  }

  private static int[] nearest(List<NamedEmbedding> embeddings, float[] probe) {
    double[] cosines =
        embeddings.parallelStream().mapToDouble(e -> dot(e.vector(), probe)).toArray();
    int[] nearest = new int[TOP];
    for (int i = 0; i < TOP; i++) {
      for (int k = 0; k < cosines.length; k++) {
        if (cosines[k] > cosines[nearest[i]]) {
          nearest[i] = k;
        }
      }
      cosines[nearest[i]] = -2;
    }
    return nearest;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static long bytes(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(f -> f.toFile().length()).sum();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
