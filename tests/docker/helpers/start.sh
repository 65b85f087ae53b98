# Unpacks the package, and starts the server with the command that it is given.
set -e
tar -zxf /mnt/code/code.tar.gz -C /usr/local/server/src/function
set -o allexport
. /usr/local/server/src/function/.open-runtimes
set +o allexport
bash -c "$1"
