package org.marginsoftmax.gallery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.util.IOUtils;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.eval.Verification;

/**
 * Named embeddings in a folder, for one-to-many search by cosine: whose embedding is nearest to a
 * probe.
 *
 * <p>A name may have several embeddings, for example from several images of one person. Each has an
 * id, counted from 0 in the order of adding and never reused. {@link #add} never replaces: to renew
 * a name, remove it first. All embeddings of a gallery have the same dimension, set for good by the
 * first one.
 *
 * <p>Once {@code add} or {@code remove} returns, its change is on disk and survives a kill at any
 * moment; until then, the change is either there completely or not at all. Any number of threads
 * may use a gallery at once; a search sees the state in which it began. Any number of processes may
 * search a folder, each in the state in which it opened it, while one writes: the first {@code add}
 * or {@code remove} makes a gallery its folder's writer until it is closed.
 *
 * <p>Methods throw {@link IllegalStateException} once the gallery is closed, and {@link
 * UncheckedIOException} if the disk fails. Whoever opens a gallery must close it.
 */
public final class Gallery implements AutoCloseable {
  /**
   * The size from which the index is faster, as measured in docs/gallery.md; smaller galleries are
   * searched by comparing every embedding.
   */
  public static final int INDEX_FROM = 2_000;

  private final GalleryFolder folder;
  private final SearcherManager searchers;
  private IndexWriter writer;
  private volatile GalleryState state;

  /** How the nearest embeddings are found. */
  public enum Method {
    /** Compares every embedding. */
    EXACT,
    /** Searches an HNSW graph, which finds nearly all of the nearest. */
    INDEX
  }

  private interface Search<T> {
    T in(IndexSearcher searcher) throws IOException;
  }

  private interface Change {
    void in(IndexWriter writer) throws IOException;
  }

  private Gallery(GalleryFolder folder, DirectoryReader reader) throws IOException {
    this.folder = folder;
    state = GalleryState.of(reader);
    searchers = new SearcherManager(reader, null);
  }

  /**
   * Opens a gallery. All of it is read once to verify its checksums.
   *
   * @throws InvalidInputException if the folder is not a gallery, or a damaged one
   */
  public static Gallery open(Path path) {
    GalleryFolder folder = null;
    try {
      folder = GalleryFolder.open(path);
      return new Gallery(folder, folder.read());
    } catch (IOException e) {
      IOUtils.closeWhileHandlingException(folder);
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      IOUtils.closeWhileHandlingException(folder);
      throw e;
    }
  }

  /**
   * Opens a gallery; creates an empty one if the folder does not exist or is empty.
   *
   * @throws InvalidInputException if the folder holds something else, or a damaged gallery
   */
  public static Gallery openOrCreate(Path path) {
    try {
      GalleryFolder.createIfFree(path);
    } catch (IOException e) {
      throw FileTrouble.with(path, e);
    }
    return open(path);
  }

  /**
   * Adds an embedding.
   *
   * @param vector [D], of any norm but 0
   * @return its id
   * @throws InvalidInputException if {@link NamedEmbedding} refuses the name or vector, the
   *     dimension differs from the gallery's, or another process or {@code Gallery} is writing
   */
  public long add(String name, float[] vector) {
    return add(List.of(new NamedEmbedding(name, vector)), done -> {})[0];
  }

  /**
   * Adds embeddings, all or none of them.
   *
   * @param progress told after each embedding how many are done; none is kept until this method
   *     returns
   * @return their ids, in the order given
   * @throws InvalidInputException if none are given, the dimension differs from the gallery's, or
   *     another process or {@code Gallery} is writing
   */
  public synchronized long[] add(List<NamedEmbedding> embeddings, IntConsumer progress) {
    if (embeddings.isEmpty()) {
      throw folder.refused("embeddings to add", "none", "give one or more");
    }
    startWriting();
    int dimension = state.dimension() == 0 ? embeddings.get(0).dimension() : state.dimension();
    embeddings.forEach(embedding -> checkDimension(embedding.dimension(), dimension));
    long first = state.nextId();
    commit(
        new GalleryState(dimension, first + embeddings.size()),
        writer -> {
          for (int i = 0; i < embeddings.size(); i++) {
            writer.addDocument(Nearest.document(first + i, embeddings.get(i)));
            progress.accept(i + 1);
          }
        });
    return LongStream.range(first, state.nextId()).toArray();
  }

  private void checkDimension(int found, int expected) {
    if (found != expected) {
      throw folder.refused(
          "embeddings of " + expected + " numbers",
          "one of " + found,
          "use the model that the others came from");
    }
  }

  /**
   * Removes all embeddings with a name.
   *
   * @return how many there were; 0 if there is no such name
   * @throws InvalidInputException if another process or {@code Gallery} is writing
   */
  public synchronized int remove(String name) {
    startWriting();
    int before = size();
    commit(state, writer -> writer.deleteDocuments(Nearest.name(name)));
    return before - size();
  }

  /**
   * Searches with the faster method for the gallery's size; see {@link #search(float[], int,
   * Method)}.
   */
  public List<Match> search(float[] probe, int top) {
    return search(probe, top, usualMethod());
  }

  /** The faster search method for the gallery's size. */
  public Method usualMethod() {
    return size() < INDEX_FROM ? Method.EXACT : Method.INDEX;
  }

  /**
   * The embeddings with the largest cosines to a probe, largest first; of equal ones, the first
   * added comes first. A name with several embeddings may appear several times.
   *
   * @param probe [D], of any norm but 0
   * @param top number of matches, at least 1; all embeddings if there are fewer
   * @throws InvalidInputException if the gallery is empty, {@code top} is below 1, or the probe is
   *     of another dimension, not finite or zero
   */
  public List<Match> search(float[] probe, int top, Method method) {
    checkTop(top);
    float[] unit = checkedProbe(probe);
    return search(
        searcher ->
            switch (method) {
              case EXACT -> Nearest.exact(searcher, unit, top);
              case INDEX -> Nearest.byIndex(searcher, unit, top);
            });
  }

  /**
   * Identification: the nearest embedding, if its cosine reaches the threshold; otherwise empty,
   * for an unknown probe.
   *
   * @param probe [D], of any norm but 0
   * @param threshold a cosine, -1 to 1
   * @throws InvalidInputException if the threshold is out of range, the gallery is empty, or the
   *     probe is of another dimension, not finite or zero
   */
  public Optional<Match> identify(float[] probe, double threshold) {
    Verification.checkThreshold(threshold);
    return search(probe, 1).stream().filter(match -> match.cosine() >= threshold).findFirst();
  }

  /**
   * Verification against a name: the nearest embedding with that name, if its cosine reaches the
   * threshold; otherwise empty.
   *
   * @param probe [D], of any norm but 0
   * @param threshold a cosine, -1 to 1
   * @throws InvalidInputException if there is no such name, the threshold is out of range, the
   *     gallery is empty, or the probe is of another dimension, not finite or zero
   */
  public Optional<Match> verify(String name, float[] probe, double threshold) {
    Verification.checkThreshold(threshold);
    float[] unit = checkedProbe(probe);
    Match nearest =
        search(searcher -> Nearest.ofName(searcher, name, unit))
            .orElseThrow(
                () ->
                    folder.refused(
                        "one of its names",
                        "'" + name + "'",
                        "list shows them, search finds who is nearest"));
    return Optional.of(nearest).filter(match -> match.cosine() >= threshold);
  }

  /** All names in alphabetical order of their characters, each with the ids of its embeddings. */
  public SortedMap<String, List<Long>> list() {
    return search(Nearest::names);
  }

  /** Number of embeddings. */
  public int size() {
    return search(searcher -> searcher.getIndexReader().numDocs());
  }

  /** Number of elements of an embedding; 0 before the first one is added. */
  public int dimension() {
    return search(searcher -> state.dimension());
  }

  /** Closes the gallery, after Lucene's background merges have finished; others may then write. */
  @Override
  public synchronized void close() {
    try {
      IOUtils.close(writer, searchers, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private float[] checkedProbe(float[] probe) {
    float[] unit = NamedEmbedding.unit(probe, "probe");
    requireEmbeddings();
    checkDimension(unit.length, state.dimension());
    return unit;
  }

  /**
   * Refuses an empty gallery, in which nothing can be found.
   *
   * @throws InvalidInputException if it is empty
   */
  public void requireEmbeddings() {
    if (size() == 0) {
      throw folder.refused("embeddings to search among", "none", "add some first");
    }
  }

  /**
   * Checks a number of matches.
   *
   * @throws InvalidInputException if it is below 1
   */
  public static void checkTop(int top) {
    if (top < 1) {
      throw new InvalidInputException("top: expected 1 or more, found " + top + "; 5 is usual");
    }
  }

  private <T> T search(Search<T> search) {
    try {
      IndexSearcher searcher = acquire();
      try {
        return search.in(searcher);
      } finally {
        searchers.release(searcher);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private IndexSearcher acquire() throws IOException {
    try {
      return searchers.acquire();
    } catch (AlreadyClosedException e) {
      throw new IllegalStateException("gallery " + folder + ": closed", e);
    }
  }

  /** Makes this the folder's writer, in the state in which the last one left it. */
  private void startWriting() {
    size(); // Refuses a closed gallery.
    if (writer != null) {
      return;
    }
    try {
      writer = folder.writer();
      searchers.maybeRefreshBlocking();
      state = search(searcher -> GalleryState.of((DirectoryReader) searcher.getIndexReader()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps a change and the state after it, or nothing of either. */
  private void commit(GalleryState after, Change change) {
    try {
      change.in(writer);
      writer.setLiveCommitData(after.commitData());
      writer.commit();
      searchers.maybeRefreshBlocking();
      state = after;
    } catch (IOException e) {
      rollBack(e);
      throw FileTrouble.with(folder.path(), e);
    } catch (RuntimeException e) {
      rollBack(e);
      throw e;
    }
  }

  /** The next change begins with what is on disk. */
  private void rollBack(Exception cause) {
    try {
      writer.rollback();
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    } finally {
      writer = null;
    }
  }
}
