"""OpenStack Swift with its S3 interface, as four processes of one program: rings, configuration, servers.

Arguments: the folder for everything, the first of four free ports (the first one speaks S3), a user of this system, how
many objects a page of a listing has.
"""
import ctypes
import os
import signal
import socket
import sys
import time

folder, first_port, user, page = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
KINDS = ["account", "container", "object"]
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """However the parent ends, this process is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


end_with_parent()
# Swift's servers would leave the group of processes, which tests kill and freeze as one.
os.setsid = lambda: None


def write(name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


write("swift.conf", """
[swift-hash]
swift_hash_path_prefix = carryout
swift_hash_path_suffix = carryout
[storage-policy:0]
name = default
default = yes
""")

# /etc/swift is where Swift looks otherwise.
from swift.common import storage_policy, utils

utils.set_swift_dir(folder)
storage_policy.reload_storage_policies()

from swift.common.ring import RingBuilder
from swift.common.wsgi import run_wsgi

DEFAULT = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
fallocate_reserve = 0
log_level = ERROR
"""


def cache_factory(_, **conf):
    """What memcached would do, in the memory of the proxy."""
    held = {}

    class Cache(object):
        def get(self, key, *_, **__):
            return held.get(key)

        def set(self, key, value, *_, **__):
            held[key] = value

        def delete(self, key, *_, **__):
            held.pop(key, None)

        def incr(self, key, delta=1, **__):
            held[key] = int(held.get(key, 0)) + delta
            return held[key]

    def factory(app):
        def call(env, start_response):
            env["swift.cache"] = Cache()
            return app(env, start_response)
        return call
    return factory


# So that the configuration of the proxy can name the cache.
sys.modules["carryout_cache"] = sys.modules[__name__]
os.makedirs(os.path.join(folder, "devices", "d1"), exist_ok=True)

for number, kind in enumerate(KINDS):
    port = first_port + 1 + number
    write(kind + ".conf", DEFAULT.format(port=port, user=user, folder=folder) + """
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
conn_timeout = 10
node_timeout = 60
""".format(kind=kind))
    ring = RingBuilder(4, 1, 1)
    device = {"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1, "meta": ""}
    ring.add_dev(dict(device, replication_ip="127.0.0.1", replication_port=port))
    ring.rebalance()
    ring.get_ring().save(os.path.join(folder, kind + ".ring.gz"))

write("proxy.conf", (DEFAULT + """
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[filter:cache]
paste.filter_factory = carryout_cache:cache_factory
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
max_bucket_listing = {page}
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
[filter:symlink]
use = egg:swift#symlink
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# On a busy machine a slow answer is no broken server.
conn_timeout = 10
node_timeout = 60
error_suppression_limit = 1000000
""").format(port=first_port, user=user, folder=folder, page=page))

for kind in KINDS:
    if os.fork() == 0:
        end_with_parent()
        sys.exit(run_wsgi(os.path.join(folder, kind + ".conf"), kind + "-server"))
for number in range(len(KINDS)):
    while True:
        try:
            socket.create_connection(("127.0.0.1", first_port + 1 + number)).close()
            break
        except OSError:
            time.sleep(0.02)
run_wsgi(os.path.join(folder, "proxy.conf"), "proxy-server")
