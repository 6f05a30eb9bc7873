@echo off
rem Runs margin-softmax from the unpacked zip.
rem   MARGIN_SOFTMAX_JAVA       options for the JVM, -Xmx8g for example
rem   MARGIN_SOFTMAX_CLASSPATH  jars of yours, with a backbone for example, separated by semicolons
setlocal
rem What is printed is UTF-8.
chcp 65001 >nul
if not defined TF_CPP_MIN_LOG_LEVEL set "TF_CPP_MIN_LOG_LEVEL=2"
rem TensorFlow's faster kernels, which it chooses by itself only on processors with AVX-512; 0 is without.
if not defined TF_ENABLE_ONEDNN_OPTS set "TF_ENABLE_ONEDNN_OPTS=1"
java -XX:+UseSerialGC %MARGIN_SOFTMAX_JAVA% "-Dmargin-softmax.home=%~dp0." -cp "%~dp0lib\*;%MARGIN_SOFTMAX_CLASSPATH%" org.marginsoftmax.cli.Main %*
exit /b %ERRORLEVEL%
