package org.marginsoftmax.source;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.PassedOver;

/** Images in files that hold many of them, read by their places in these files. */
final class ShardSource implements Source {
  private final Path path;
  private final ShardFormat format;
  private final List<Shard> shards;
  private final Ints shardOf = new Ints();
  private final Longs offsets = new Longs();
  private final Ints lengths = new Ints();
  private final Listing listing;

  /**
   * Lists all samples of all files. If labels are numbers, {@code classes.txt} beside the files may
   * name the classes, one per line, in ascending order of the labels that occur.
   *
   * @throws InvalidInputException if there are no files, or one cannot be read or is damaged
   */
  ShardSource(Path path, ShardFormat format, Consumer<String> progress) {
    this.path = path;
    this.format = format;
    Shards found = Shards.of(path, format);
    this.shards = found.files();
    Listing.Builder items = new Listing.Builder();
    Pace pace = new Pace("listed", "samples", 0, progress);
    PassedOver.Counter passedOver = new PassedOver.Counter();
    for (int s = 0; s < shards.size(); s++) {
      list(s, items, passedOver, pace);
    }
    this.listing =
        items.build(
            classNames(),
            origin -> items.names().get(origin) + " of " + shards.get(shardOf.get(origin)).name(),
            found.passedOver().plus(passedOver.counted()),
            path);
    if (listing.size() == 0) {
      throw new InvalidInputException("images", "none", path, "give files that hold some");
    }
    format.tell(dir(), listing.classNames().size(), progress);
  }

  private void list(int number, Listing.Builder items, PassedOver.Counter passedOver, Pace pace) {
    Shard shard = shards.get(number);
    try {
      format.list(
          shard,
          new ShardFormat.Found() {
            @Override
            public void sample(String name, Object label, long offset, int length) {
              if (label instanceof Long of) {
                items.add(name, of, shard.part());
              } else {
                items.add(name, (String) label, shard.part(), null, 1);
              }
              shardOf.add(number);
              offsets.add(offset);
              lengths.add(length);
              pace.tick();
            }

            @Override
            public void passOver(String reason, String name) {
              passedOver.add(reason, name);
            }
          });
    } catch (EOFException e) {
      throw new InvalidInputException(
          format.kind(), "one whose end is missing", shard.file(), "bring a whole copy", e);
    } catch (IOException e) {
      throw new InvalidInputException(
          format.kind(), FileTrouble.said(e), shard.file(), "bring a whole copy", e);
    }
  }

  private List<String> classNames() {
    Path file = dir().resolve(Shards.CLASSES);
    return Files.exists(file) ? NameLines.read(file) : null;
  }

  private Path dir() {
    return Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Listing listing() {
    return listing;
  }

  @Override
  public byte[] content(int item) throws IOException {
    int origin = listing.origin(item);
    return format.image(shards.get(shardOf.get(origin)), offsets.get(origin), lengths.get(origin));
  }

  @Override
  public String stamp(int item) {
    int origin = listing.origin(item);
    Shard shard = shards.get(shardOf.get(origin));
    return shard.name()
        + '\n'
        + shard.stamp()
        + '\n'
        + offsets.get(origin)
        + '\n'
        + format.reading();
  }
}
