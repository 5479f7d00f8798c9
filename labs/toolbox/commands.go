package main

// commands is the table of all commands, in the order of the manual.
func commands() []command {
	return []command{
		serveCommand(), tcpEchoCommand(), udpEchoCommand(),
		clientCommand(), lookupCommand(), loadCommand(), waitForCommand(),
		writeCommand(), catCommand(), lsCommand(),
		allocCommand(), burnCommand(),
		exitCommand(), sleepCommand(), echoCommand(), trueCommand(), falseCommand(),
		envCommand(), hostnameCommand(), idCommand(), ipCommand(), netnsCommand(), mountsCommand(), psCommand(), killCommand(),
		helpCommand(), listCommand(), manualCommand(),
	}
}
