package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.source.Idx;

/** What lies in the folder that check is called from is no run of its own. */
class CheckFolderTest {
  @TempDir Path dir;

  @Test
  void looksAtTheModelThatIsNamed() throws IOException, InterruptedException {
    Path data = Idx.folder(dir.resolve("data"), 4, 40, 4, 28);
    for (String kept : new String[] {"keras", "init-head"}) {
      Files.createDirectories(dir.resolve(kept));
      Files.writeString(dir.resolve(kept).resolve("saved_model.pb"), "another");
    }
    Files.writeString(dir.resolve("config.json"), "{}");
    Path log = dir.resolve("log");
    Process process =
        new ProcessBuilder(
                ChildJvm.ofCli(
                    "check",
                    "--data",
                    data.toString(),
                    "--trust",
                    "--from-keras",
                    Path.of("saved-models/squeeze-keras3/model").toAbsolutePath().toString()))
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), Files.readString(log));
    assertTrue(Files.readString(log).contains("memory_pixels_mb"), Files.readString(log));
  }
}
