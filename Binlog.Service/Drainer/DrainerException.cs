using Binlog.Service.Hosting;

namespace Binlog.Service.Drainer;

/// <summary>The Drainer can't go on. The message says what, where (commit TS, node, file), and what to do.</summary>
internal sealed class DrainerException(string message, Exception? innerException = null) : ServiceException(message, innerException);
