/// The operations of a pickle that `torch.save` writes in protocols 2 to 5, and the short strings of Python
/// 2. None of them runs anything: functions and classes are names, and the few names allowed are
/// ``PickleGlobal``'s.
enum PickleOpcode: UInt8 {
  case mark = 0x28
  case emptyTuple = 0x29
  case stop = 0x2e
  case pop = 0x30
  case popMark = 0x31
  case binaryFloat = 0x47
  case binaryInteger = 0x4a
  case binaryInteger1 = 0x4b
  case binaryInteger2 = 0x4d
  case none = 0x4e
  case binaryPersistentIdentifier = 0x51
  case reduce = 0x52
  case binaryString = 0x54
  case shortBinaryString = 0x55
  case binaryUnicode = 0x58
  case emptyList = 0x5d
  case append = 0x61
  case build = 0x62
  case global = 0x63
  case appends = 0x65
  case binaryGet = 0x68
  case longBinaryGet = 0x6a
  case binaryPut = 0x71
  case longBinaryPut = 0x72
  case setItem = 0x73
  case tuple = 0x74
  case setItems = 0x75
  case emptyDictionary = 0x7d
  case `protocol` = 0x80
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case newTrue = 0x88
  case newFalse = 0x89
  case long1 = 0x8a
  case shortBinaryUnicode = 0x8c
  case binaryUnicode8 = 0x8d
  case stackGlobal = 0x93
  case memoize = 0x94
  case frame = 0x95
}
