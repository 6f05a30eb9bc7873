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
 * Named embeddings in a folder, for one-to-many search: who is nearest to a probe, by cosine.
 *
 * <p>A name may have several embeddings, those of several images of one person for example; each
 * has an id, counted from 0 in the order of adding and never used again. {@link #add} never
 * replaces: to renew a name, remove it first. All embeddings of a gallery have one dimension, which
 * the first one sets for good.
 *
 * <p>What {@code add} and {@code remove} return from is on disk and there after a kill at any
 * moment; what they do not return from is there as a whole or not at all. Any number of threads may
 * use a gallery at once; searches see what was there when they began. Any number of processes may
 * search a folder, each in the state in which it opened it, while one writes: the first {@code add}
 * or {@code remove} makes a gallery its folder's writer until it is closed.
 *
 * <p>Methods throw {@link IllegalStateException} once the gallery is closed, and {@link
 * UncheckedIOException} where the disk fails. Whoever opens a gallery closes it.
 */
public final class Gallery implements AutoCloseable {
  /**
   * From this many embeddings on the index is searched, below it every embedding is compared:
   * measured in docs/gallery.md.
   */
  public static final int INDEX_FROM = 2_000;

  private final GalleryFolder folder;
  private final SearcherManager searchers;
  private IndexWriter writer;
  private volatile GalleryState state;

  /** How the nearest are found. */
  public enum Method {
    /** Every embedding is compared. */
    EXACT,
    /** By an HNSW graph, which finds nearly all of the nearest. */
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
   * Opens a gallery. The whole of it is read once, for its checksums.
   *
   * @throws InvalidInputException if the folder is no gallery, or a damaged one
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
   * Opens a gallery, and makes an empty one where there is nothing or an empty folder.
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
   * @throws InvalidInputException for a name or vector that {@link NamedEmbedding} refuses, another
   *     dimension than the gallery's, or while another process or {@code Gallery} writes
   */
  public long add(String name, float[] vector) {
    return add(List.of(new NamedEmbedding(name, vector)), done -> {})[0];
  }

  /**
   * Adds embeddings, all or none of them.
   *
   * @param progress told how many are done after each; they are kept once this method returns
   * @return their ids, in their order
   * @throws InvalidInputException if none are given, for another dimension than the gallery's, or
   *     while another process or {@code Gallery} writes
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
   * Removes all embeddings of a name.
   *
   * @return how many there were; 0 where there is no such name
   * @throws InvalidInputException while another process or {@code Gallery} writes
   */
  public synchronized int remove(String name) {
    startWriting();
    int before = size();
    commit(state, writer -> writer.deleteDocuments(Nearest.name(name)));
    return before - size();
  }

  /**
   * Searches by the faster of the methods for this size; see {@link #search(float[], int, Method)}.
   */
  public List<Match> search(float[] probe, int top) {
    return search(probe, top, usualMethod());
  }

  /** The faster method for this size. */
  public Method usualMethod() {
    return size() < INDEX_FROM ? Method.EXACT : Method.INDEX;
  }

  /**
   * The embeddings with the largest cosines, largest first; of equal ones the first added. A name
   * with several embeddings may be there several times.
   *
   * @param probe [D], of any norm but 0
   * @param top how many, at least 1; all there are where there are fewer
   * @throws InvalidInputException if the gallery is empty, or the probe is of another dimension,
   *     not finite or zero
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
   * Who it is: the nearest embedding, if its cosine reaches the threshold; empty for somebody
   * unknown.
   *
   * @param threshold a cosine, -1 to 1
   * @throws InvalidInputException as {@link #search(float[], int, Method)}
   */
  public Optional<Match> identify(float[] probe, double threshold) {
    Verification.checkThreshold(threshold);
    return search(probe, 1).stream().filter(match -> match.cosine() >= threshold).findFirst();
  }

  /**
   * Whether it is this one: the nearest embedding of the name, if its cosine reaches the threshold;
   * empty if not.
   *
   * @param threshold a cosine, -1 to 1
   * @throws InvalidInputException as {@link #search(float[], int, Method)}, and if there is no such
   *     name
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

  /** Every name, in the order of characters, with the ids of its embeddings. */
  public SortedMap<String, List<Long>> list() {
    return search(Nearest::names);
  }

  /** Number of embeddings. */
  public int size() {
    return search(searcher -> searcher.getIndexReader().numDocs());
  }

  /** Numbers in an embedding; 0 before the first. */
  public int dimension() {
    return search(searcher -> state.dimension());
  }

  /** Lets others write, once what Lucene does beside (merging files) has come to an end. */
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
   * Refuses a gallery in which nothing can be found.
   *
   * @throws InvalidInputException if it is empty
   */
  public void requireEmbeddings() {
    if (size() == 0) {
      throw folder.refused("embeddings to search among", "none", "add some first");
    }
  }

  /**
   * Refuses what is no number of matches.
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
