package isolation

// strong are the backends that keep commands apart, strongest first.
var strong = []opener{{"bubblewrap", openBubblewrap}, {"landlock", openLandlock}}
