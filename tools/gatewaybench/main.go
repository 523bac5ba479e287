package main

import (
	"bufio"
	"cmp"
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
	"slices"
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
	d := flag.Duration("for", 10*time.Second, "how long each is measured, in each round")
	profiles := flag.String("profiles", "", "folder for CPU profiles of backend and gateways, for go tool pprof; empty: none are taken")
	rounds := flag.Int("rounds", 1, "how often each is measured, all in turn")
	portkey := flag.String("portkey", ".agon/portkey", "folder into which @portkey-ai/gateway was installed (npm i --prefix FOLDER @portkey-ai/gateway)")
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
	if *conns < 1 || *rounds < 1 || *rate < 0 || *d <= 0 {
		return fmt.Errorf("--conns %d, --rounds %d, --rate %d, --for %s: want at least 1, 1, 0 and more than 0", *conns, *rounds, *rate, *d)
	}
	return measure(ctx, plan{rate: *rate, conns: *conns, rounds: *rounds, d: *d, profiles: *profiles, portkey: *portkey})
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
	pid    int // 0: it is the backend that answers
	rounds []result
}

// plan says what is measured.
type plan struct {
	rate, conns, rounds int
	d                   time.Duration // of each round
	profiles, portkey   string        // folders
}

func measure(ctx context.Context, p plan) error {
	dir, err := os.MkdirTemp("", "gatewaybench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	children := children{dir: dir, profiles: p.profiles}
	defer children.end()
	targets, err := children.targets(ctx, p.portkey)
	if err != nil {
		return err
	}
	// All in turn in each round, so that what else the machine does meets all of them.
	for range p.rounds {
		for _, t := range targets {
			load(ctx, t.url, t.header, p.rate, p.conns, 500*time.Millisecond) // to warm up
			before := cpu(t.pid)
			r := load(ctx, t.url, t.header, p.rate, p.conns, p.d)
			r.cpu = cpu(t.pid) - before
			t.rounds = append(t.rounds, r)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	report(targets)
	return nil
}

// report shows medians over the rounds; what is added is the median of the differences to the direct calls of the same round.
func report(targets []*target) {
	fmt.Printf("%-40s %9s %9s %9s %9s %7s %12s %12s %12s\n", "medians of rounds", "calls/s", "p50 ms", "p99 ms", "p99.9 ms", "failed", "added p50", "added p99", "CPU us/call")
	for _, t := range targets {
		failed, first := 0, ""
		for _, r := range t.rounds {
			failed += r.failed
			first = cmp.Or(first, r.first)
		}
		rate := t.median(func(_ int, r result) float64 { return float64(r.calls-r.failed) / r.took.Seconds() })
		fmt.Printf("%-40s %9.0f", t.name, rate)
		for _, q := range []float64{0.5, 0.99, 0.999} {
			fmt.Printf(" %9.3f", t.median(func(_ int, r result) float64 { return ms(r.at(q)) }))
		}
		fmt.Printf(" %7d", failed)
		if t != targets[0] {
			for _, q := range []float64{0.5, 0.99} {
				fmt.Printf(" %12.3f", t.median(func(i int, r result) float64 { return ms(r.at(q) - targets[0].rounds[i].at(q)) }))
			}
			fmt.Printf(" %12.0f", t.median(func(_ int, r result) float64 { return float64(r.cpu.Microseconds()) / float64(max(r.calls, 1)) }))
		}
		fmt.Println()
		if first != "" {
			fmt.Println("  first failure:", first)
		}
	}
}

func (t *target) median(of func(int, result) float64) float64 {
	var all []float64
	for i, r := range t.rounds {
		all = append(all, of(i, r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// targets starts all that can be: direct calls come first.
func (c *children) targets(ctx context.Context, portkey string) ([]*target, error) {
	back, err := c.start(ctx, "backend", "")
	if err != nil {
		return nil, err
	}
	out := []*target{{name: "direct, unsigned", url: back}}
	for _, g := range []struct{ role, name string }{{"free", "agon-gateway, signatures and receipts"}, {"paid", "agon-gateway, and vouchers"}} {
		url, err := c.start(ctx, g.role, back)
		if err != nil {
			return nil, err
		}
		out = append(out, &target{name: g.name, url: url, pid: c.last()})
	}
	url, err := c.nginx(ctx, back)
	switch {
	case errors.Is(err, errAbsent):
		fmt.Println("SKIP", err)
	case err != nil:
		return nil, err
	default:
		out = append(out, &target{name: "nginx, proxy_pass", url: url, pid: c.last()})
	}
	url, err = c.portkey(ctx, portkey)
	switch {
	case errors.Is(err, errAbsent):
		fmt.Println("SKIP", err)
	case err != nil:
		return nil, err
	default:
		out = append(out, &target{name: "@portkey-ai/gateway", url: url, pid: c.last(), header: http.Header{
			"X-Portkey-Provider": {"openai"}, "X-Portkey-Custom-Host": {back + "/v1"}, "Authorization": {"Bearer x"},
		}})
	}
	return out, nil
}

// errAbsent says that a program to compare with is not installed, and how it is.
var errAbsent = errors.New("not installed")

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

// freeAddress is one on loopback that nobody listened at a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// portkey runs @portkey-ai/gateway out of the folder that it was installed into. Errors: errAbsent.
func (c *children) portkey(ctx context.Context, dir string) (string, error) {
	server := filepath.Join(dir, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js")
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(server); err != nil || missing != nil {
		return "", fmt.Errorf("@portkey-ai/gateway: %w: get Node.js, then npm i --prefix %s @portkey-ai/gateway@1.15.2", errAbsent, dir)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, node, server, "--headless", "--port="+port)
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "TRUSTED_CUSTOM_HOSTS=127.0.0.1")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return "", err
	}
	c.all = append(c.all, cmd)
	return "http://" + address, await(ctx, address)
}

// nginx runs a bare proxy with connections kept open. Errors: errAbsent.
func (c *children) nginx(ctx context.Context, back string) (string, error) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/nginx") // where Debian puts it, which is not on everybody's PATH
	}
	if err != nil {
		return "", fmt.Errorf("nginx: %w: apt-get install nginx-light", errAbsent)
	}
	address, err := freeAddress(ctx)
	if err != nil {
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

// last is the process that was started last.
func (c *children) last() int { return c.all[len(c.all)-1].Process.Pid }

func (c *children) end() {
	for _, cmd := range c.all {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone
	}
	for _, cmd := range c.all {
		_ = cmd.Wait()
	}
}
