// As an ES module.
import '../measured.cjs'
