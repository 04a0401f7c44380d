"""A PostgreSQL of a bench's own: a free port of loopback, a data folder that goes with it."""
import glob, os, socket, subprocess, time


def start(folder):
    """Its process, which SIGINT ends, the path of psql, and the port; the superuser is postgres."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    own = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] if os.geteuid() == 0 else []
    if own:
        subprocess.run(["chown", "postgres", folder], check=True)
    subprocess.run([*own, f"{programs}/initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
                   check=True, stdout=subprocess.DEVNULL, cwd="/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([*own, f"{programs}/postgres", "-D", f"{folder}/data", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
                                "-c", f"unix_socket_directories={folder}", "-c", "shared_buffers=512MB"], stderr=subprocess.DEVNULL, cwd="/")
    psql = f"{programs}/psql"
    while subprocess.run([psql, "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-qc", "select 1"], capture_output=True).returncode != 0:
        time.sleep(0.1)
    return process, psql, port
