using Binlog.Service.Hosting;

namespace Binlog.Service.Recordings;

/// <summary>A recording can't be used. The message names the file and what is wrong with it.</summary>
internal sealed class RecordingException(string message, Exception? innerException = null) : ServiceException(message, innerException);
