// A driver plugin of docker-machine's kind, served by Go's own net/rpc and encoding/gob: its types have the names, and its
// answers the shapes, that libmachine's plugins have on the wire. Its hosts are files in a folder.
//
// TRIAL_FAULT makes it misbehave: see main and the methods. TRIAL_PATIENCE is how many seconds it lives without a heartbeat.
package main

import (
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/rpc"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

type RPCFlags struct{ Values map[string]interface{} }

func (f RPCFlags) get(name string) interface{} { return f.Values[name] }

// As libmachine's drivers.DriverOptions: what an argument of this type travels as is an interface.
type DriverOptions interface{ get(name string) interface{} }

type Flag interface{ flag() }
type StringFlag struct{ Name, Usage, EnvVar, Value string }
type IntFlag struct {
	Name, Usage, EnvVar string
	Value               int
}
type StringSliceFlag struct {
	Name, Usage, EnvVar string
	Value               []string
}
type BoolFlag struct{ Name, Usage, EnvVar string }

func (*StringFlag) flag()      {}
func (*IntFlag) flag()         {}
func (*StringSliceFlag) flag() {}
func (*BoolFlag) flag()        {}

// Trial is the driver; its JSON is what the machine's record holds.
type Trial struct {
	IPAddress, MachineName, SSHUser string
	SSHPort                         int
	SSHKeyPath, StorePath           string
	SwarmMaster                     bool
	SwarmHost, SwarmDiscovery       string
	Folder, Note, Url               string
	Memory                          int
	Spot                            bool
	Tags                            []string
	Ratio                           float64
	Id                              string
	Common                          string
}

func (t *Trial) file() string { return filepath.Join(t.Folder, t.Id) }

type Server struct {
	trial     *Trial
	ended     chan bool
	heartbeat chan bool
}

type None = struct{}

var fault = os.Getenv("TRIAL_FAULT")

func (s *Server) Close(_, _ *None) error {
	if fault == "end-at-close" {
		os.Exit(0)
	}
	s.ended <- true
	return nil
}
func (s *Server) Heartbeat(_, _ *None) error {
	if fault == "hang" {
		select {}
	}
	s.heartbeat <- true
	return nil
}
func (s *Server) GetVersion(_ *None, reply *int) error {
	*reply = 1
	if fault == "wrong-version" {
		*reply = 7
	}
	return nil
}
func (s *Server) GetConfigRaw(_ *None, reply *[]byte) (err error) {
	if fault == "no-record" {
		*reply = []byte("nonsense")
		return nil
	}
	*reply, err = json.Marshal(s.trial)
	return err
}
func (s *Server) SetConfigRaw(data []byte, _ *None) error { return json.Unmarshal(data, s.trial) }

func (s *Server) GetCreateFlags(_ *None, reply *[]Flag) error {
	*reply = []Flag{
		&StringFlag{"trial-folder", "Folder of the hosts", "TRIAL_FOLDER", ""},
		&StringFlag{"trial-note", "A note", "TRIAL_NOTE", "<none> & such"},
		&StringFlag{"trial-url", "URL of the engine", "", "tcp://192.0.2.7:2376"},
		&IntFlag{"trial-memory", "Memory in MB", "TRIAL_MEMORY", 1024},
		&StringSliceFlag{"trial-tag", "Tags", "", []string{"x"}},
		&BoolFlag{"trial-spot", "At the spot price", ""},
	}
	return nil
}

func (s *Server) SetConfigFromFlags(options *DriverOptions, _ *None) error {
	f, t := *options, s.trial
	t.Folder = f.get("trial-folder").(string)
	t.Note = f.get("trial-note").(string)
	t.Url = f.get("trial-url").(string)
	t.Memory = f.get("trial-memory").(int)
	t.Tags = f.get("trial-tag").([]string)
	t.Spot = f.get("trial-spot").(bool)
	t.SwarmMaster = f.get("swarm-master").(bool)
	t.SwarmHost = f.get("swarm-host").(string)
	t.SwarmDiscovery = f.get("swarm-discovery").(string)
	t.Common = f.get("driver").(string)
	t.Ratio = 0.1
	if t.Memory < 16 {
		return errors.New("--trial-memory must be at least 16")
	}
	return nil
}

func (s *Server) PreCreateCheck(_, _ *None) error {
	if _, err := os.Stat(s.trial.Folder); err != nil {
		return fmt.Errorf("--trial-folder: %s", err)
	}
	return nil
}

func (s *Server) Create(_, _ *None) error {
	fmt.Println("Creating the trial host...")
	fmt.Fprintln(os.Stderr, "creating, in detail")
	s.trial.Id = "host-" + strconv.Itoa(os.Getpid())
	if err := os.WriteFile(s.trial.file(), []byte("Running"), 0644); err != nil {
		return err
	}
	switch fault {
	case "fail":
		return errors.New("the provider is out of hosts")
	case "crash":
		fmt.Fprintln(os.Stderr, "panic: something broke")
		os.Exit(2)
	case "hang":
		select {}
	case "slow":
		time.Sleep(8 * time.Second)
	}
	s.trial.IPAddress = "192.0.2.7"
	return nil
}

func (s *Server) state() string {
	if s.trial.Id == "" {
		return ""
	}
	bytes, _ := os.ReadFile(s.trial.file())
	return string(bytes)
}

func (s *Server) become(state string) error {
	if s.state() == "" {
		return errors.New("there is no such host")
	}
	return os.WriteFile(s.trial.file(), []byte(state), 0644)
}

func (s *Server) Start(_, _ *None) error   { return s.become("Running") }
func (s *Server) Restart(_, _ *None) error { return s.become("Running") }
func (s *Server) Stop(_, _ *None) error    { return s.become("Stopped") }
func (s *Server) Kill(_, _ *None) error    { return s.become("Stopped") }
func (s *Server) Remove(_, _ *None) error {
	if s.trial.Id == "" {
		return nil
	}
	if err := os.Remove(s.trial.file()); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

func (s *Server) GetState(_ *None, reply *int) error {
	*reply = map[string]int{"": 0, "Running": 1, "Stopped": 4}[s.state()]
	return nil
}

func (s *Server) running(text string, reply *string) error {
	if s.state() != "Running" {
		return errors.New("Host is not running")
	}
	*reply = text
	return nil
}

func (s *Server) GetURL(_ *None, reply *string) error { return s.running(s.trial.Url, reply) }
func (s *Server) GetIP(_ *None, reply *string) error  { return s.running(s.trial.IPAddress, reply) }
func (s *Server) GetSSHHostname(_ *None, reply *string) error {
	return s.running(s.trial.IPAddress, reply)
}
func (s *Server) DriverName(_ *None, reply *string) error { *reply = "trial"; return nil }
func (s *Server) GetMachineName(_ *None, reply *string) error {
	*reply = s.trial.MachineName
	return nil
}
func (s *Server) GetSSHKeyPath(_ *None, reply *string) error {
	*reply = filepath.Join(s.trial.StorePath, "machines", s.trial.MachineName, "id_rsa")
	return nil
}
func (s *Server) GetSSHPort(_ *None, reply *int) error        { *reply = 2222; return nil }
func (s *Server) GetSSHUsername(_ *None, reply *string) error { *reply = "tester"; return nil }

func main() {
	if os.Getenv("MACHINE_PLUGIN_TOKEN") != "42" {
		fmt.Fprintln(os.Stderr, "This is a Docker Machine plugin binary.")
		os.Exit(1)
	}
	switch fault {
	case "no-start":
		fmt.Fprintln(os.Stderr, "libtrial.so.1: cannot open shared object file")
		os.Exit(127)
	case "no-address":
		os.Stdout.Close()
		select {}
	case "nonsense-address":
		fmt.Println("Usage: trial [OPTIONS]")
	}
	gob.RegisterName("*rpcdriver.RPCFlags", new(RPCFlags))
	gob.RegisterName("*mcnflag.StringFlag", new(StringFlag))
	gob.RegisterName("*mcnflag.IntFlag", new(IntFlag))
	gob.RegisterName("*mcnflag.StringSliceFlag", new(StringSliceFlag))
	gob.RegisterName("*mcnflag.BoolFlag", new(BoolFlag))
	server := &Server{&Trial{}, make(chan bool), make(chan bool)}
	rpc.RegisterName("RpcServerDriver", server)
	if fault != "old-name" {
		rpc.RegisterName("RPCServerDriver", server)
	}
	rpc.HandleHTTP()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	go http.Serve(listener, nil)
	patience, _ := strconv.Atoi(os.Getenv("TRIAL_PATIENCE"))
	if patience == 0 {
		patience = 10
	}
	for {
		select {
		case <-server.ended:
			os.Exit(0)
		case <-server.heartbeat:
		case <-time.After(time.Duration(patience) * time.Second):
			os.Exit(1)
		}
	}
}
