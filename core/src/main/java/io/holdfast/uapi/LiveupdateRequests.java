package io.holdfast.uapi;

import static io.holdfast.uapi.Request.Target.LIVEUPDATE;
import static io.holdfast.uapi.Request.Target.LIVEUPDATE_SESSION;

import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_create_session;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_retrieve_session;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_finish;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_get_name;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_preserve_fd;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_retrieve_fd;
import java.util.ArrayList;
import java.util.List;

/** The requests that {@code /dev/liveupdate} and its sessions take. */
final class LiveupdateRequests {
  private LiveupdateRequests() {}

  static List<Request> table() {
    List<Request> all = new ArrayList<>();
    all.add(
        Request.of(
            LIVEUPDATE,
            "LIVEUPDATE_IOCTL_CREATE_SESSION",
            LiveupdateUapi.LIVEUPDATE_IOCTL_CREATE_SESSION,
            liveupdate_ioctl_create_session.LAYOUT));
    all.add(
        Request.of(
            LIVEUPDATE,
            "LIVEUPDATE_IOCTL_RETRIEVE_SESSION",
            LiveupdateUapi.LIVEUPDATE_IOCTL_RETRIEVE_SESSION,
            liveupdate_ioctl_retrieve_session.LAYOUT));
    all.add(
        Request.of(
            LIVEUPDATE_SESSION,
            "LIVEUPDATE_SESSION_PRESERVE_FD",
            LiveupdateUapi.LIVEUPDATE_SESSION_PRESERVE_FD,
            liveupdate_session_preserve_fd.LAYOUT));
    all.add(
        Request.of(
            LIVEUPDATE_SESSION,
            "LIVEUPDATE_SESSION_RETRIEVE_FD",
            LiveupdateUapi.LIVEUPDATE_SESSION_RETRIEVE_FD,
            liveupdate_session_retrieve_fd.LAYOUT));
    all.add(
        Request.of(
            LIVEUPDATE_SESSION,
            "LIVEUPDATE_SESSION_FINISH",
            LiveupdateUapi.LIVEUPDATE_SESSION_FINISH,
            liveupdate_session_finish.LAYOUT));
    all.add(
        Request.of(
            LIVEUPDATE_SESSION,
            "LIVEUPDATE_SESSION_GET_NAME",
            LiveupdateUapi.LIVEUPDATE_SESSION_GET_NAME,
            liveupdate_session_get_name.LAYOUT));
    return all;
  }
}
