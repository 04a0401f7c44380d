"""deploy/ without a container engine: compose.yaml is parsed, and its commands run outside it.   usage: deploy.py WHARF_BINARY

Starts a PostgreSQL of its own as the compose file's service would be, runs deploy/postgres/10-wharf.sh on it as the image does, and
then what the head of compose.yaml tells a user to run, with the environment that the file gives to the service.
"""
import glob, os, pathlib, re, shutil, socket, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = HERE / "deploy"
DATA = pathlib.Path(os.environ.get("WHARF_TEST_DATA", HERE / "../shared/data")).resolve() / "olist-faults"
SECRETS = {"POSTGRES_PASSWORD": "p-secret", "WHARF_PASSWORD": "w-secret", "READER_PASSWORD": "r-secret", "WHARF_ADMIN_TOKEN": "t" * 48}


def skipped(why):
    print(f"SKIPPED deploy: {why}")
    sys.exit(os.environ.get("CI") == "true")


def filled(text):
    """${NAME:?message} and ${NAME}, as compose fills them."""
    return re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", lambda match: SECRETS[match[1]], text)


def compose():
    import yaml
    text = (DEPLOY / "compose.yaml").read_text()
    file = yaml.safe_load(text)
    services = file["services"]
    assert set(services) == {"postgres", "wharf"}, services.keys()
    for name, service in services.items():
        for port in service["ports"]:
            assert port.startswith("127.0.0.1:"), f"{name} is open to the network: {port}"
        for key, value in service["environment"].items():
            secret = re.search("PASSWORD|TOKEN", key) or "://" in value
            assert not secret or ":?" in value, f"{key} has a secret, or may be left out"
    assert services["wharf"]["depends_on"]["postgres"]["condition"] == "service_healthy" and services["postgres"]["healthcheck"]
    for service in services.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in file["volumes"] or (DEPLOY / source).is_dir(), volume
    build = services["wharf"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    named = set(re.findall(r"\$\{(\w+):\?", text))
    example = {line.split("=")[0] for line in (DEPLOY / "example.env").read_text().splitlines() if "=" in line and line[0] != "#"}
    assert named == example == set(SECRETS), (named, example)
    docker = (DEPLOY / "Dockerfile").read_text()
    assert docker.count("\nFROM ") + docker.startswith("FROM ") == 2 and "\nUSER wharf\n" in docker and "HEALTHCHECK" in docker
    return services, text


def server(folder, script):
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not programs:
        skipped("there is no PostgreSQL")
    own = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] if os.geteuid() == 0 else []
    if own:
        subprocess.run(["chown", "postgres", folder], check=True)
    pathlib.Path(f"{folder}/password").write_text(SECRETS["POSTGRES_PASSWORD"])
    os.chmod(f"{folder}/password", 0o644)
    subprocess.run([*own, f"{programs[-1]}/initdb", "-D", f"{folder}/data", "-A", "scram-sha-256", "-U", "postgres", "--no-sync", "-E", "UTF8",
                    "--locale=C.UTF-8", "--pwfile", f"{folder}/password"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    process = subprocess.Popen([*own, f"{programs[-1]}/postgres", "-D", f"{folder}/data", "-p", port, "-c", "listen_addresses=127.0.0.1",
                                "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"], stderr=subprocess.DEVNULL, cwd="/")
    environment = os.environ | SECRETS | {"PGHOST": "127.0.0.1", "PGPORT": port, "PGPASSWORD": SECRETS["POSTGRES_PASSWORD"], "POSTGRES_DB": "shop",
                                          "PATH": f"{programs[-1]}:{os.environ['PATH']}"}
    while subprocess.run([f"{programs[-1]}/psql", "-U", "postgres", "-qc", "create database shop"], env=environment, stderr=subprocess.DEVNULL).returncode:
        assert process.poll() is None, "PostgreSQL does not start"
        time.sleep(0.1)
    # The image runs it as the user postgres on the database that it made.
    subprocess.run(["sh", script], env=environment, check=True, stdout=subprocess.DEVNULL)
    return process, port, environment


def main():
    wharf = pathlib.Path(sys.argv[1]).resolve()
    if not DATA.is_dir():
        skipped(f"no data at {DATA}")
    services, text = compose()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as shop:
        process, port, environment = server(folder, DEPLOY / "postgres/10-wharf.sh")
        try:
            shutil.copytree(DEPLOY / "shop", shop, dirs_exist_ok=True)
            for file in DATA.glob("*.csv"):
                shutil.copy(file, f"{shop}/inbox")
            given = {key: filled(value) for key, value in services["wharf"]["environment"].items()}
            # Outside its network the service has another address.
            given["WHARF_WAREHOUSE_URL"] = given["WHARF_WAREHOUSE_URL"].replace("@postgres/", f"@127.0.0.1:{port}/")
            told = re.findall(r"^#   docker compose run --rm wharf (.*)$", text, re.M)
            assert told == ["run", "stats 2016-09-04"], told
            out = [subprocess.run([wharf, *command.split()], cwd=shop, env=environment | given, check=True, capture_output=True, text=True).stdout for command in told]
            assert "30,098 rows" in out[0] and "72.8900" in out[1] and "1 customers" in out[1], out
            psql = ["psql", "-U", "reader", "-d", "shop", "-Atqc", "select count(*) from wharf.daily_customer_stats"]
            read = subprocess.run(psql, env=environment | {"PGPASSWORD": SECRETS["READER_PASSWORD"]}, check=True, capture_output=True, text=True)
            assert int(read.stdout) > 6000, read.stdout
            served = subprocess.Popen([wharf, *services["wharf"]["command"], "--port", "0"], cwd=shop, env=environment | given, stdout=subprocess.PIPE, text=True)
            port = re.search(r":(\d+)", served.stdout.readline())[1]
            # The health check of the Dockerfile, with the port of here.
            check = re.search(r'HEALTHCHECK[^\n]*\\\n\s*CMD \["bash", "-c", "(.*)"\]', (DEPLOY / "Dockerfile").read_text())[1]
            check = check.replace("\\\\", "\\").replace("8080", port)
            healthy = subprocess.run(["bash", "-c", check]).returncode
            served.terminate()
            served.wait()
            assert healthy == 0, check
        finally:
            process.send_signal(2)
            process.wait()
    print("deploy: compose.yaml is well formed; its commands ran outside it, the reader read, the health check passed")


main()
