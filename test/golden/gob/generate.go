// Writes what Go's encoding/gob makes of some values, for the tests of src/gob. In this folder: go run generate.go
package main

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
	"os"
	"time"
)

type Request struct {
	ServiceMethod string
	Seq           uint64
}
type Response struct {
	ServiceMethod string
	Seq           uint64
	Error         string
}
type Flag interface{ String() string }
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

func (f *StringFlag) String() string      { return f.Name }
func (f *IntFlag) String() string         { return f.Name }
func (f *StringSliceFlag) String() string { return f.Name }
func (f *BoolFlag) String() string        { return f.Name }

type RPCFlags struct{ Values map[string]interface{} }
type Options interface{}
type Inner struct{ Text string }
type Mixed struct {
	Flag     bool
	Small    int8
	Unsigned uint16
	Number   float64
	Ratio    complex128
	Bytes    []byte
	Array    [3]int
	List     []string
	Map      map[string]int
	Inner    *Inner
	Any      interface{}
	When     time.Time
	Zero     int
	Last     string
}

func write(name string, values ...interface{}) {
	var stream bytes.Buffer
	encoder := gob.NewEncoder(&stream)
	for _, value := range values {
		if err := encoder.Encode(value); err != nil {
			panic(err)
		}
	}
	if err := os.WriteFile(name+".gob", stream.Bytes(), 0644); err != nil {
		panic(err)
	}
	fmt.Println(name, stream.Len())
}

func main() {
	gob.RegisterName("*mcnflag.StringFlag", new(StringFlag))
	gob.RegisterName("*mcnflag.IntFlag", new(IntFlag))
	gob.RegisterName("*mcnflag.StringSliceFlag", new(StringSliceFlag))
	gob.RegisterName("*mcnflag.BoolFlag", new(BoolFlag))
	gob.RegisterName("*rpcdriver.RPCFlags", new(RPCFlags))
	gob.RegisterName("inner", Inner{})
	gob.Register([]interface{}{})

	write("integers", 0, -1, 1, 63, 64, -64, -65, 127, 128, 255, 256, math.MaxInt64, math.MinInt64,
		uint(0), uint(127), uint(128), uint64(math.MaxUint64))
	write("basic", true, false, 17.5, "text", "", []byte{0, 255}, complex(1, -2))
	write("call", Request{"RPCServerDriver.GetVersion", 0}, struct{}{}, Request{"RPCServerDriver.SetConfigRaw", 1}, []byte("{}"))
	write("error", Response{"RPCServerDriver.Create", 7, "no space left"}, struct{}{})
	write("flags", Response{"RPCServerDriver.GetCreateFlags", 4, ""}, []Flag{
		&StringFlag{"x-region", "Region", "X_REGION", "north"}, &IntFlag{"x-memory", "Memory in MB", "", 1024},
		&StringSliceFlag{"x-tag", "Tag", "X_TAG", []string{"a", "b"}}, &BoolFlag{"x-spot", "Spot price", ""},
		&StringFlag{"x-empty", "", "", ""}})
	var options Options = &RPCFlags{map[string]interface{}{"list": []string{"a", "b"}}}
	write("options", &options, &options)
	write("mixed", Mixed{true, -3, 500, 0.1, complex(0, 1), []byte("raw"), [3]int{1, 0, 3}, []string{"a", ""},
		map[string]int{"one": 1}, &Inner{"in"}, Inner{"held"}, time.Unix(0, 0).UTC(), 0, "last"})
	write("nested", []interface{}{Inner{"a"}, []string{"b"}, nil, []interface{}{Inner{"c"}, &RPCFlags{}}})
}
