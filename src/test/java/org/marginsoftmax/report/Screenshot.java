package org.marginsoftmax.report;

import java.io.IOException;
import java.nio.file.Path;

/** Makes the README's pictures: {@code Screenshot page.html picture.png [width height [dark]]}. */
public final class Screenshot {
  private Screenshot() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int width = args.length > 2 ? Integer.parseInt(args[2]) : 1280;
    int height = args.length > 3 ? Integer.parseInt(args[3]) : 800;
    try (Browser browser = new Browser(width, height, args.length > 4)) {
      String ready = browser.open(Path.of(args[0]));
      if (!ready.equals("yes")) {
        throw new IllegalStateException(args[0] + " was not drawn: " + ready);
      }
      // WebGL draws a frame after the promise of the plot is kept.
      Thread.sleep(1500);
      browser.screenshot(Path.of(args[1]));
    }
  }
}
