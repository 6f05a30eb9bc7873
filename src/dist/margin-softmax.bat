@echo off
rem Runs margin-softmax from the unpacked zip.
rem   MARGIN_SOFTMAX_JAVA       options for the JVM, -Xmx8g for example
rem   MARGIN_SOFTMAX_CLASSPATH  jars of yours, with a backbone for example, separated by semicolons
setlocal
rem What is printed is UTF-8.
chcp 65001 >nul
where java >nul 2>nul || goto none
rem The version stands in a file beside the java; a java without one is asked. 1.8.0_391 is version 8.
for %%j in (java.exe) do set "release=%%~dp$PATH:j..\release"
set old=/r /c:"^JAVA_VERSION=.1\.[0-9]" /c:"^JAVA_VERSION=.9" /c:"^JAVA_VERSION=.1[0-6]" /c:" version .1\.[0-9]" /c:" version .9" /c:" version .1[0-6]"
if exist "%release%" (findstr %old% "%release%" >nul && goto old) else (java -version 2>&1 | findstr %old% >nul && goto old)
if not defined TF_CPP_MIN_LOG_LEVEL set "TF_CPP_MIN_LOG_LEVEL=2"
rem TensorFlow's faster kernels, which it chooses by itself only on processors with AVX-512; 0 is without.
if not defined TF_ENABLE_ONEDNN_OPTS set "TF_ENABLE_ONEDNN_OPTS=1"
rem An empty part of the class path would let classes of the current folder in.
set "jars=%~dp0lib\*"
if defined MARGIN_SOFTMAX_CLASSPATH set "jars=%jars%;%MARGIN_SOFTMAX_CLASSPATH%"
java -XX:+UseSerialGC -Xms16m %MARGIN_SOFTMAX_JAVA% "-Dmargin-softmax.home=%~dp0." -cp "%jars%" org.marginsoftmax.cli.Main %*
exit /b %ERRORLEVEL%
:none
echo margin-softmax: expected java on the PATH, found none; install a Java 17 or later>&2
exit /b 1
:old
echo margin-softmax: expected a java of version 17 or later on the PATH, found an older one; install a Java 17 or later>&2
exit /b 1
