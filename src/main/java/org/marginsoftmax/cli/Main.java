package org.marginsoftmax.cli;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.cluster.WorkerLostException;
import org.marginsoftmax.data.Spelling;
import org.marginsoftmax.run.Versions;
import org.marginsoftmax.train.CheckpointException;
import org.marginsoftmax.train.DivergedException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: arguments to configuration records, messages, exit codes. */
@Command(
    name = "margin-softmax",
    description =
        "Trains embeddings that are compact within a class and far apart between classes.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:success",
      "1:internal failure, or training that cannot continue",
      "2:bad usage or bad input, explained in one line",
      "130:interrupted; --resume continues"
    },
    subcommands = {
      TrainCommand.class,
      SweepCommand.class,
      EvaluateCommand.class,
      CompareCommand.class,
      WorkerCommand.class,
      PlanCommand.class,
      CheckCommand.class,
      AugmentCommand.class,
      OutliersCommand.class,
      BackbonesCommand.class,
      InspectCommand.class,
      EmbedCommand.class,
      PredictCommand.class,
      GalleryCommand.class,
      HeadCommand.class,
      ExportCommand.class,
      BenchCommand.class
    })
public final class Main implements Runnable {
  /** Exit code after Ctrl-C, as shells have it: 128 + SIGINT. */
  static final int INTERRUPTED = 130;

  private static final Set<String> PATH_REASONS =
      Set.of("Not a directory", "Read-only file system", "File name too long", "Is a directory");

  @Spec private CommandSpec spec;

  /** What {@code --version} says. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return Versions.current().entrySet().stream()
          .map(e -> e.getKey() + " " + e.getValue())
          .toArray(String[]::new);
    }
  }

  /** Runs a command and leaves with its exit code. */
  public static void main(String[] args) {
    // The same words, figures and bytes in every locale.
    Locale.setDefault(Locale.ROOT);
    leaveNativeMemoryAlone();
    System.setOut(inUtf8(FileDescriptor.out));
    System.setErr(SettingNames.asOptions(inUtf8(FileDescriptor.err)));
    requireReadable(args);
    System.exit(commandLine().setOut(writer(System.out)).setErr(writer(System.err)).execute(args));
  }

  /**
   * TensorFlow keeps its memory outside of the heap. JavaCPP would end it with an OutOfMemoryError
   * at four times the largest heap, which says nothing about the memory of the machine.
   */
  private static void leaveNativeMemoryAlone() {
    String limit = "org.bytedeco.javacpp.maxPhysicalBytes";
    if (System.getProperty(limit) == null) {
      System.setProperty(limit, "0");
    }
  }

  private static PrintStream inUtf8(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)), true, StandardCharsets.UTF_8);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /**
   * Refuses names that the JVM has already read wrongly: how it does is decided at its start, by
   * the locale, and no option of its own changes that.
   */
  private static void requireReadable(String[] args) {
    String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
    boolean asTyped = encoding.equals("UTF-8") || File.separatorChar == '\\';
    if (!asTyped && String.join("", args).chars().anyMatch(c -> c > 0x7f)) {
      System.err.printf(
          "margin-softmax: locale: expected one of UTF-8 for names beyond ASCII, found %s; set"
              + " LC_ALL=C.UTF-8 before java starts, as the launcher does%n",
          encoding);
      System.exit(ExitCode.USAGE);
    }
  }

  /** The commands, with our messages and exit codes. */
  static CommandLine commandLine() {
    CommandLine main = new CommandLine(new Main());
    provideVersion(main);
    return main.setParameterExceptionHandler(Main::badUsage)
        .setExecutionExceptionHandler(Main::failure)
        .setExecutionStrategy(Main::executed);
  }

  /** By hand: named in the annotation it is asked by every command, which loads TensorFlow. */
  private static void provideVersion(CommandLine command) {
    command.getCommandSpec().versionProvider(new Version());
    command.getSubcommands().values().forEach(Main::provideVersion);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "expected a command, found none; see margin-softmax --help");
  }

  /** An error is no exception to picocli. */
  private static int executed(CommandLine.ParseResult parsed) {
    CommandLine.ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    requireValues(last);
    CommandLine command = last.commandSpec().commandLine();
    Optional<InvalidInputException> refusal = HeadOptions.refusal(last.commandSpec());
    if (refusal.isPresent()) {
      return failure(refusal.get(), command, parsed);
    }
    try {
      return new CommandLine.RunLast().execute(parsed);
    } catch (OutOfMemoryError e) {
      return outOfMemory(parsed.commandSpec().commandLine());
    } catch (NoClassDefFoundError | IncompatibleClassChangeError e) {
      if (e instanceof NoClassDefFoundError && !(e.getCause() instanceof ClassNotFoundException)) {
        throw e; // There, but its static initializer failed.
      }
      command.getErr().println(oneLine(unlinked(e)));
      return ExitCode.USAGE;
    }
  }

  /** Refuses an empty value, which a variable of a shell that is not set leaves. */
  private static void requireValues(CommandLine.ParseResult parsed) {
    for (ArgSpec arg : parsed.matchedArgs()) {
      if (arg.originalStringValues().contains("")) {
        throw new ParameterException(
            parsed.commandSpec().commandLine(),
            "%sexpected %s, found an empty value"
                .formatted(arg.isOption() ? words(arg) + ": " : "", arg.paramLabel()));
      }
    }
  }

  /** What was held is free again: the message has room. */
  private static int outOfMemory(CommandLine command) {
    command
        .getErr()
        .println(
            "margin-softmax: memory: expected to do with the %,d MB that Java may take, found them full; give it more with MARGIN_SOFTMAX_JAVA=-Xmx8g, or take less data, smaller images or a smaller batch"
                .formatted(Runtime.getRuntime().maxMemory() >> 20));
    return ExitCode.SOFTWARE;
  }

  /** Of a jar that lacks a class, or was compiled for other versions of what it uses. */
  private static String unlinked(LinkageError e) {
    String found = String.valueOf(e.getMessage());
    return e instanceof NoClassDefFoundError
        ? "class path: expected every class that its jars need, found no %s; add the jar that has it to MARGIN_SOFTMAX_CLASSPATH"
            .formatted(found.replace('/', '.'))
        : "class path: expected jars that fit each other, found %s; see to those in MARGIN_SOFTMAX_CLASSPATH"
            .formatted(e);
  }

  private static boolean isOutOfMemory(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        return true;
      }
    }
    return false;
  }

  private static int badUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    Optional<InvalidInputException> refusal = HeadOptions.refusal(command.getCommandSpec());
    if (refusal.isPresent()) {
      return failure(refusal.get(), command, null);
    }
    String message = usage(e);
    command
        .getErr()
        .println(
            oneLine(message)
                + (message.contains("--help")
                    ? ""
                    : (message.endsWith("?") ? " See " : "; see ")
                        + command.getCommandSpec().qualifiedName()
                        + " --help"));
    return ExitCode.USAGE;
  }

  /** What picocli says, with what was expected and what was found. */
  private static String usage(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched);
    }
    if (e instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      return "expected "
          + missing.getMissing().stream()
              .map(
                  arg ->
                      arg instanceof OptionSpec o
                          ? o.longestName() + " " + o.paramLabel()
                          : arg.paramLabel())
              .collect(Collectors.joining(" and "))
          + (e.getMessage().startsWith("Missing required parameter for option")
              ? ", found no value"
              : ", found none");
    }
    if (e instanceof OverwrittenOptionException twice) {
      return "expected %s only once, found it twice".formatted(name(twice.getOverwritten()));
    }
    // A converter of ours says what it expects; the others are of numbers, true and false, paths.
    if (e.getArgSpec() != null && e.getValue() != null && !e.getMessage().contains("expected")) {
      Class<?> type = e.getArgSpec().typeInfo().getType();
      Class<?> each =
          e.getArgSpec().typeInfo().getAuxiliaryTypes().length > 0
              ? e.getArgSpec().typeInfo().getAuxiliaryTypes()[0]
              : type;
      return "%s: expected %s, found '%s'"
          .formatted(
              words(e.getArgSpec()),
              Map.class.isAssignableFrom(type) ? e.getArgSpec().paramLabel() : kind(each),
              e.getValue());
    }
    int expected = e.getMessage().indexOf("expected ");
    return e.getArgSpec() != null && expected > 0
        ? words(e.getArgSpec()) + ": " + e.getMessage().substring(expected)
        : e.getMessage();
  }

  private static String words(ArgSpec arg) {
    return name(arg).replaceFirst("^--", "").replace('-', ' ');
  }

  private static String name(ArgSpec arg) {
    return arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel();
  }

  private static String kind(Class<?> type) {
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "a whole number";
    }
    return type == boolean.class || type == Boolean.class
        ? "true or false"
        : "a " + type.getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** Of a mistyped command or option, with what was most likely meant. */
  private static String unmatched(UnmatchedArgumentException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String found = e.getUnmatched().get(0);
    boolean option = found.startsWith("-");
    Collection<String> known =
        option ? command.optionsMap().keySet() : command.subcommands().keySet();
    return "expected "
        + (option
            ? "an option of " + command.qualifiedName()
            : known.isEmpty() ? "no further argument" : "a command")
        + ", found '"
        + found
        + "'"
        + Spelling.nearest(found, known).map(meant -> "; did you mean " + meant + "?").orElse("");
  }

  private static int failure(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (isOutOfMemory(e)) {
      return outOfMemory(command);
    }
    boolean input = e instanceof InvalidInputException;
    if (input
        || e instanceof CheckpointException
        || e instanceof DivergedException
        || e instanceof WorkerLostException) {
      command.getErr().println(oneLine(SettingNames.withoutForeign(e.getMessage(), command)));
      return input ? ExitCode.USAGE : ExitCode.SOFTWARE;
    }
    if (e instanceof InvalidPathException) {
      command
          .getErr()
          .println(oneLine("files: expected a path, found " + e.getMessage() + "; choose another"));
      return ExitCode.USAGE;
    }
    if (e instanceof UncheckedIOException && isPath(e.getCause())) {
      command
          .getErr()
          .println(
              oneLine(
                  "files: expected a path to read or write, found "
                      + FileTrouble.said((IOException) e.getCause())
                      + "; check the path and its rights"));
      return ExitCode.USAGE;
    }
    if (e instanceof UncheckedIOException) {
      command
          .getErr()
          .println(
              oneLine(
                  "files: expected to read or write them, found "
                      + FileTrouble.said((IOException) e.getCause())
                      + "; make room or see to their rights, then "
                      + (resumes(command)
                          ? "call again, with --resume once the run has begun"
                          : "call again")));
      return ExitCode.SOFTWARE;
    }
    command.getErr().println("internal failure, please report it with what follows");
    e.printStackTrace(command.getErr());
    return ExitCode.SOFTWARE;
  }

  /** Whether a path, not a device, is to blame. */
  private static boolean isPath(Throwable e) {
    return e instanceof AccessDeniedException
        || e instanceof NoSuchFileException
        || e instanceof NotDirectoryException
        || e instanceof FileSystemException named
            && named.getReason() != null
            && PATH_REASONS.contains(named.getReason());
  }

  private static boolean resumes(CommandLine command) {
    return command.getCommandSpec().findOption("--resume") != null;
  }

  private static String oneLine(String message) {
    return "margin-softmax: "
        + SettingNames.asOptions(message).strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
