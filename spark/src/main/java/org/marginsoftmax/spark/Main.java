package org.marginsoftmax.spark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.MutuallyExclusiveArgsException;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The job on the command line, for {@code spark-submit}. */
@Command(
    name = "margin-softmax-spark",
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Embeds images with an exported model on Apache Spark, into Parquet files of path and"
          + " embedding. Run again, it goes on where it was stopped.",
      "Paths without a scheme are on Spark's default file system; file:/... is a disk that every"
          + " machine sees at the same place."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:success",
      "1:a failure of Spark or of a machine; the same command goes on",
      "2:bad usage or bad input, explained in one line"
    })
public final class Main implements Callable<Integer> {
  private static final String NAME = "margin-softmax-spark: ";
  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** What executors need in their environment, unless it is set otherwise. */
  private static final Map<String, String> ENVIRONMENT =
      Map.of("TF_ENABLE_ONEDNN_OPTS", "1", "TF_CPP_MIN_LOG_LEVEL", "2", "LC_ALL", "C.UTF-8");

  @Option(
      names = "--model",
      paramLabel = "DIR",
      required = true,
      description = "a folder that margin-softmax export wrote")
  private String model;

  @ArgGroup(multiplicity = "1")
  private Images images;

  private static final class Images {
    @Option(
        names = "--images",
        paramLabel = "DIR",
        description = "all images below a folder, named by their paths relative to it")
    private String folder;

    @Option(
        names = "--list",
        paramLabel = "FILE",
        description = "the images that a text file lists, one path per line, in UTF-8")
    private String list;

    @Option(
        names = "--parquet",
        paramLabel = "TABLE",
        description =
            "the images of a Parquet file or a folder of them: a column of paths, and maybe one of"
                + " the contents of the files")
    private String table;
  }

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description =
          "folder for the Parquet files, new or empty, or that of the same job, which then goes on")
  private String output;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description =
          "folder that relative paths of --list or --parquet start from; default that of the list")
  private String root;

  @Option(
      names = "--path-column",
      paramLabel = "NAME",
      description = "column of paths in the Parquet table; default " + ImageSet.PATH)
  private String pathColumn;

  @Option(
      names = "--content-column",
      paramLabel = "NAME",
      description =
          "column with the contents of the files; default "
              + ImageSet.CONTENT
              + " if there is one of binaries, else the files are read")
  private String contentColumn;

  @Option(
      names = "--model-in-place",
      description =
          "every executor reads the model at the path of --model; by default the driver sends it")
  private boolean modelInPlace;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "0",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description =
          "images run at once, 1..4096; default as many as half of spark.executor.memoryOverhead"
              + " has room for")
  private int batchSize;

  @Option(
      names = "--skip-missing",
      description =
          "list files that are not there as unreadable; by default one of them ends the job")
  private boolean skipMissing;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** What {@code --version} says. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"margin-softmax-spark " + (version == null ? "unknown" : version)};
    }
  }

  /** Runs the job, and leaves with its exit code unless that is 0. */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.setErr(err);
    int code =
        commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    if (code != ExitCode.OK) {
      System.exit(code);
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler(Main::badUsage)
        .setExecutionExceptionHandler(Main::failure);
  }

  @Override
  public Integer call() {
    EmbedJobConfig config =
        new EmbedJobConfig(model, imageSet(), output, modelInPlace, batchSize, skipMissing);
    SparkConf conf = new SparkConf().setIfMissing("spark.app.name", "margin-softmax-spark");
    conf.setIfMissing("spark.master", "local[*]");
    ENVIRONMENT.forEach((name, value) -> conf.setIfMissing("spark.executorEnv." + name, value));
    EmbedJob.Result result;
    try (SparkSession spark = SparkSession.builder().config(conf).getOrCreate()) {
      result = EmbedJob.run(spark, config, System.err);
    }
    print(result);
    return ExitCode.OK;
  }

  private ImageSet imageSet() {
    boolean columns = pathColumn != null || contentColumn != null;
    if (columns && images.table == null) {
      throw new InvalidInputException(
          "columns: expected them with `parquet`, found `%s`; leave them out"
              .formatted(images.folder == null ? "list" : "images"));
    }
    if (images.folder != null) {
      if (root != null) {
        throw new InvalidInputException(
            "root: expected it with `list` or `parquet`, found `images`; leave it out");
      }
      return new ImageSet.Folder(images.folder);
    }
    return images.list != null
        ? new ImageSet.Listed(images.list, root)
        : new ImageSet.Table(
            images.table, pathColumn == null ? ImageSet.PATH : pathColumn, contentColumn, root);
  }

  private void print(EmbedJob.Result result) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      try {
        out.println(JSON.writeValueAsString(result));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return;
    }
    out.printf(
        Locale.ROOT,
        "%,d embeddings of %d floats in %d files in %s%n",
        result.images() - result.unreadable(),
        result.dimension(),
        result.parts(),
        result.output());
    out.printf(
        Locale.ROOT,
        "%,d images now in %.1f s%s%s%n",
        result.images() - result.before(),
        result.seconds(),
        result.before() == 0 ? "" : String.format(Locale.ROOT, ", %,d before", result.before()),
        result.unreadable() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                "; %,d could not be read, listed in %s",
                result.unreadable(),
                result.unreadableFolder()));
  }

  private static int badUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command.getErr().println(line(usage(e)) + "; see --help");
    return ExitCode.USAGE;
  }

  /** What picocli says, with what was expected and what was found. */
  private static String usage(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      String found = unmatched.getUnmatched().get(0);
      return "expected an option, found '%s'%s"
          .formatted(
              found,
              Spelling.nearest(found, e.getCommandLine().getCommandSpec().optionsMap().keySet())
                  .map(meant -> "; did you mean " + meant + "?")
                  .orElse(""));
    }
    if (e instanceof MutuallyExclusiveArgsException) {
      return "expected one of --images, --list and --parquet, found several";
    }
    if (e instanceof MissingParameterException missing) {
      return missing.getMissing().stream().anyMatch(arg -> arg.group() != null)
              || missing.getMissing().isEmpty()
          ? "expected one of --images, --list and --parquet, found none"
          : "expected "
              + missing.getMissing().stream()
                  .map(arg -> ((OptionSpec) arg).longestName() + " " + arg.paramLabel())
                  .collect(Collectors.joining(" and "))
              + ", found none";
    }
    return e.getMessage();
  }

  private static int failure(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (e instanceof InvalidInputException) {
      command.getErr().println(line(e.getMessage()));
      return ExitCode.USAGE;
    }
    if (e instanceof JobFailedException) {
      command.getErr().println(line(e.getMessage()));
      return ExitCode.SOFTWARE;
    }
    if (e instanceof UncheckedIOException) {
      command
          .getErr()
          .println(
              line(
                  "files: expected to read and write them, found %s; see to that, and start the same job again"
                      .formatted(FileTrouble.said((IOException) e.getCause()))));
      return ExitCode.SOFTWARE;
    }
    command.getErr().println(NAME + "internal failure, please report it with what follows");
    e.printStackTrace(command.getErr());
    return ExitCode.SOFTWARE;
  }

  /** One line, in which the names of settings are options. */
  private static String line(String message) {
    return NAME + message.strip().replaceAll("\\s*\\R\\s*", "; ").replaceAll("`([a-z-]+)`", "--$1");
  }
}
