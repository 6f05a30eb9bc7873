@echo off
rem Runs margin-softmax from the unpacked zip.
rem   MARGIN_SOFTMAX_JAVA  options for the JVM, -Xmx8g for example
setlocal
if not defined TF_CPP_MIN_LOG_LEVEL set "TF_CPP_MIN_LOG_LEVEL=2"
rem TensorFlow's faster kernels, which it chooses by itself only on processors with AVX-512; 0 is without.
if not defined TF_ENABLE_ONEDNN_OPTS set "TF_ENABLE_ONEDNN_OPTS=1"
java -XX:+UseSerialGC %MARGIN_SOFTMAX_JAVA% "-Dmargin-softmax.home=%~dp0." -cp "%~dp0lib\*" org.marginsoftmax.cli.Main %*
exit /b %ERRORLEVEL%
