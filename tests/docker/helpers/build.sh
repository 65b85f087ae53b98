# Builds what lies in /mnt/code with the commands that it is given, and leaves the package there.
set -e
shopt -s dotglob
[ -n "$(ls -A /mnt/code)" ] || { echo "Error: No source code found."; exit 1; }
cp -R /mnt/code/* /usr/local/build
cd /usr/local/build
echo "Build command execution started."
bash -c "$1"
echo "Build command execution finished."
echo "OPEN_RUNTIMES_ENTRYPOINT=$OPEN_RUNTIMES_ENTRYPOINT" >.open-runtimes
tar --exclude code.tar.gz -zcf /mnt/code/code.tar.gz .
