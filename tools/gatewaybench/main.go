package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"syscall"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gatewaybench:", err)
		os.Exit(1)
	}
}

func run() error {
	role := flag.String("role", "", "internal: what a child process is")
	to := flag.String("to", "", "internal: the backend's URL")
	home := flag.String("home", "", "internal: folder of a child process")
	rate := flag.Int("rate", 1000, "calls a second")
	fastest := flag.Bool("max", false, "as many calls as --conns can, in place of --rate")
	conns := flag.Int("conns", 64, "connections at once")
	d := flag.Duration("for", 10*time.Second, "how long each is measured")
	profiles := flag.String("profiles", "", "folder for CPU profiles of backend and gateways, for go tool pprof; empty: none are taken")
	portkey := flag.String("portkey", "", "URL of a running @portkey-ai/gateway (npx @portkey-ai/gateway), such as http://127.0.0.1:8787; empty: left out")
	flag.Parse()
	params.ConfigureSDK()
	service, err := wire.ServiceKeyFromSeed(seed(2))
	if err != nil {
		return err
	}
	account, _, err := wire.LocalAccount(seed(2))
	if err != nil {
		return err
	}
	hotkey := sdk.AccAddress(account.AddressBytes()).String()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *role != "" {
		end, err := profile(*home)
		if err != nil {
			return err
		}
		defer end()
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		if *role == "backend" {
			return backend(ctx, l, service, hotkey)
		}
		return subject(l, *home, *to, hotkey, service.Public(), *role == "paid")
	}
	if *fastest {
		*rate = 0
	}
	return measure(ctx, *rate, *conns, *d, *profiles, *portkey)
}

// profile takes a CPU profile of this process where its parent asked for one, until end is called.
func profile(home string) (end func(), err error) {
	dir := os.Getenv(profilesEnv)
	if dir == "" {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(dir, filepath.Base(home)+".pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a profile that is cut short does not read
	}, nil
}

// profilesEnv tells child processes where to put profiles.
const profilesEnv = "GATEWAYBENCH_PROFILES"

// target is one thing that is measured.
type target struct {
	name   string
	url    string
	header http.Header
}

func measure(ctx context.Context, rate, conns int, d time.Duration, profiles, portkey string) error {
	dir, err := os.MkdirTemp("", "gatewaybench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	children := children{dir: dir, profiles: profiles}
	defer children.end()
	back, err := children.start(ctx, "backend", "")
	if err != nil {
		return err
	}
	targets := []target{{"direct", back, nil}}
	for _, role := range []string{"free", "paid"} {
		url, err := children.start(ctx, role, back)
		if err != nil {
			return err
		}
		names := map[string]string{"free": "agon-gateway, signatures and receipts", "paid": "agon-gateway, and vouchers"}
		targets = append(targets, target{names[role], url, nil})
	}
	if path, err := exec.LookPath("nginx"); err == nil {
		url, err := children.nginx(ctx, path, back)
		if err != nil {
			return err
		}
		targets = append(targets, target{"nginx, proxy_pass", url, nil})
	} else {
		fmt.Println("nginx is not installed and left out")
	}
	if portkey != "" {
		targets = append(targets, target{"@portkey-ai/gateway", portkey, http.Header{
			"X-Portkey-Provider": {"openai"}, "X-Portkey-Custom-Host": {back + "/v1"}, "Authorization": {"Bearer x"},
		}})
	}
	fmt.Printf("%-40s %9s %9s %9s %9s %7s\n", "", "calls/s", "p50 ms", "p99 ms", "p99.9 ms", "failed")
	var base result
	for i, t := range targets {
		load(ctx, t.url, t.header, rate, conns, time.Second) // to warm up
		r := load(ctx, t.url, t.header, rate, conns, d)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Printf("%-40s %9.0f %9.3f %9.3f %9.3f %7d", t.name, float64(r.calls-r.failed)/r.took.Seconds(), ms(r.at(0.5)), ms(r.at(0.99)), ms(r.at(0.999)), r.failed)
		if i == 0 {
			base = r
		} else {
			fmt.Printf("   added: p50 %.3f, p99 %.3f", ms(r.at(0.5)-base.at(0.5)), ms(r.at(0.99)-base.at(0.99)))
		}
		fmt.Println()
		if r.first != "" {
			fmt.Println("  first failure:", r.first)
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// children are the processes that were started.
type children struct {
	dir      string
	profiles string
	all      []*exec.Cmd
}

// start runs this program in another role and waits for its address.
func (c *children) start(ctx context.Context, role, to string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	home := filepath.Join(c.dir, role)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, self, "--role", role, "--to", to, "--home", home)
	cmd.Env = append(os.Environ(), profilesEnv+"="+c.profiles)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	c.all = append(c.all, cmd)
	lines := bufio.NewScanner(out)
	var address string
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "LISTEN %s", &address); err == nil {
			return "http://" + address, await(ctx, address)
		}
	}
	return "", fmt.Errorf("%s did not start", role)
}

// nginx runs a bare proxy with connections kept open.
func (c *children) nginx(ctx context.Context, path, back string) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", err
	}
	conf := fmt.Sprintf(`daemon off; worker_processes 2; pid %[1]s/nginx.pid; error_log %[1]s/nginx.log;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
upstream back { server %[2]s; keepalive 256; }
server { listen %[3]s; keepalive_requests 1000000000; location / { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
		c.dir, back[len("http://"):], address)
	file := filepath.Join(c.dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, "-c", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return "", err
	}
	c.all = append(c.all, cmd)
	return "http://" + address, await(ctx, address)
}

// await waits until an address takes connections.
func await(ctx context.Context, address string) error {
	for range 200 {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		time.Sleep(25 * time.Millisecond)
	}
	return fmt.Errorf("nobody listens at %s", address)
}

func (c *children) end() {
	for _, cmd := range c.all {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone
	}
	for _, cmd := range c.all {
		_ = cmd.Wait()
	}
}
