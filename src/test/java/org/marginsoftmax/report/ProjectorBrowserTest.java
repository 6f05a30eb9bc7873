package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.train.TensorBoardEvents;

/** The projector of the real TensorBoard, as Chromium draws it. */
@Tag("browser")
class ProjectorBrowserTest {
  private static final int[] COLOURS = {0xff0000, 0x00c000, 0x0000ff};
  private static final int POINTS = 60;
  private static final int DIMENSION = 8;

  /** What it says, in all of its components. */
  private static final String TEXT =
      """
      const text = root => [...root.querySelectorAll('*')].map(e =>
        (e.shadowRoot ? text(e.shadowRoot) : '') + [...e.childNodes]
          .filter(c => c.nodeType === 3 && !['STYLE', 'SCRIPT'].includes(e.tagName)).map(c => c.textContent).join(' '))
        .join(' ').replace(/\\s+/g, ' ');
      return text(document);
      """;

  @TempDir Path dir;

  /** Points on three axes, each with an image in the colour of its axis. */
  private void write() {
    float[][] rows = new float[POINTS][DIMENSION];
    List<List<String>> known = new ArrayList<>();
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < POINTS; i++) {
      int axis = i % COLOURS.length;
      rows[i][axis] = 1;
      rows[i][COLOURS.length + i % (DIMENSION - COLOURS.length)] = 0.2f * (i / 3) / POINTS;
      known.add(List.of("axis " + axis, "a\tb\n" + i));
      // Wider than high.
      byte[] image = new byte[4 * 6 * 3];
      for (int p = 0; p < image.length; p++) {
        image[p] = (byte) (COLOURS[axis] >> (16 - 8 * (p % 3)));
      }
      images.add(image);
    }
    new Projector(
            "made up", rows, List.of("class", "sample"), known, new Thumbnails(images, 4, 6, 3))
        .write(dir);
    // TensorBoard takes a folder for a run by its events.
    TensorBoardEvents.open(dir, 0).close();
  }

  private Process tensorBoard() throws IOException, InterruptedException {
    Process environment =
        new ProcessBuilder("src/test/python/environment", "2.18.1")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String python =
        new String(environment.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, environment.waitFor(), "no Python with TensorBoard");
    return new ProcessBuilder(
            python,
            "-m",
            "tensorboard.main",
            "--logdir",
            dir.toString(),
            "--host",
            "localhost",
            "--port",
            "0")
        .redirectErrorStream(true)
        .start();
  }

  /** Where it listens, which it says when it does; its output goes on being read. */
  private static String address(Process server) throws IOException {
    Pattern said = Pattern.compile("http://\\S+?:\\d+/");
    StringBuilder all = new StringBuilder();
    BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      all.append(line).append('\n');
      Matcher found = said.matcher(line);
      if (found.find()) {
        Thread rest = new Thread(() -> out.lines().forEach(more -> {}));
        rest.setDaemon(true);
        rest.start();
        return found.group();
      }
    }
    throw new AssertionError("TensorBoard did not start: " + all);
  }

  @Test
  void pointsAreDrawnWithTheirImages() throws Exception {
    write();
    Process server = tensorBoard();
    try (Browser browser = new Browser(1280, 900, false)) {
      browser.driver().get(address(server) + "data/plugin/projector/projector_binary.html");
      browser.until(
          TEXT,
          text ->
              text.toString().contains("Points: " + POINTS)
                  && text.toString().contains("Dimension: " + DIMENSION)
                  && text.toString().contains("Total variance described"));
      String text = browser.js(TEXT).toString();
      assertTrue(text.contains("made up") && text.contains("class 3 colors"), text);
      // The images come after the points, and are drawn a frame later.
      Path picture = Files.createDirectories(Path.of("target")).resolve("projector.png");
      int[] seen = new int[COLOURS.length];
      for (int i = 0; i < 120 && Arrays.stream(seen).min().orElseThrow() < 200; i++) {
        Thread.sleep(500);
        browser.screenshot(picture);
        seen = seen(ImageIO.read(picture.toFile()));
      }
      // Of each axis 20 images of some 20 x 20 pixels, most of them behind others.
      assertTrue(Arrays.stream(seen).min().orElseThrow() >= 200, Arrays.toString(seen));
    } finally {
      server.destroy();
      assertTrue(server.waitFor(30, TimeUnit.SECONDS), "TensorBoard goes on");
    }
  }

  /** Number of pixels of each colour, a little darker or lighter by smoothing or fog. */
  private static int[] seen(BufferedImage picture) {
    int[] seen = new int[COLOURS.length];
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        for (int k = 0; k < COLOURS.length; k++) {
          int apart = 0;
          for (int shift = 0; shift <= 16; shift += 8) {
            int difference = (picture.getRGB(x, y) >> shift & 0xff) - (COLOURS[k] >> shift & 0xff);
            apart = Math.max(apart, Math.abs(difference));
          }
          seen[k] += apart < 40 ? 1 : 0;
        }
      }
    }
    return seen;
  }
}
