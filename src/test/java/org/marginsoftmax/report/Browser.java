package org.marginsoftmax.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Debian's Chromium without a screen, drawing WebGL in software; closed by whoever opens it. */
public final class Browser implements AutoCloseable {
  private final ChromeDriver driver;

  public Browser(int width, int height, boolean dark) {
    ChromeOptions options = new ChromeOptions();
    options.setBinary("/usr/bin/chromium");
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--ignore-gpu-blocklist",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        "--window-size=" + width + "," + height);
    if (dark) {
      options.addArguments("--force-dark-mode", "--blink-settings=preferredColorScheme=0");
    }
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(Path.of("/usr/bin/chromedriver").toFile())
                .build(),
            options);
    driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(60));
    view(width, height);
  }

  /** Size of what the page sees; windows themselves are no narrower than 500. */
  public void view(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Opens a page of ours and waits until it says that it is drawn, or failed. */
  public String open(Path page) {
    driver.get(page.toAbsolutePath().toUri().toString());
    return new WebDriverWait(driver, Duration.ofSeconds(120))
        .until(d -> d.findElement(By.tagName("body")).getDomAttribute("data-ready"));
  }

  public Object js(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /**
   * Waits until what the script returns is as wanted; an error, after a minute, says what it was.
   */
  public void until(String script, Predicate<Object> wanted) {
    Object[] last = new Object[1];
    new WebDriverWait(driver, Duration.ofSeconds(60))
        .withMessage(() -> "last: " + last[0])
        .until(d -> wanted.test(last[0] = js(script)));
  }

  public Object await(String script, Object... arguments) {
    return driver.executeAsyncScript(script, arguments);
  }

  /** Errors of the console since it was last asked. */
  public List<LogEntry> errors() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(e -> e.getLevel().intValue() >= Level.SEVERE.intValue())
        .toList();
  }

  public ChromeDriver driver() {
    return driver;
  }

  public void screenshot(Path file) throws IOException {
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
